/*
 * Calls the vDSO's number_of_the_beast(), for the graders of lab 7:
 *
 *	beast value		prints what it returns
 *	beast loop COUNT	calls it that often, between two looks
 *	beast watch		prints when it changes
 */
#include "kernel/abi/capabilities.h"
#include "labs/grader.h"
#include "user/lib/printf.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/vsyscall.h"

#define NAME     "__vdso_number_of_the_beast"
#define PATIENCE 1000000000 /* nanoseconds */

static int64_t nanoseconds(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000 + now.tv_nsec;
}

static int watch(void)
{
	int first = __vdso_number_of_the_beast(), now;
	int64_t start, elapsed;

	grader_looks(1);
	start = nanoseconds();
	do {
		now = __vdso_number_of_the_beast();
		elapsed = nanoseconds() - start;
	} while (now == first && elapsed < PATIENCE);
	printf("%d became %d after %ld ns at %lu ticks a second\n", first, now,
	       elapsed, CAPABILITY_HZ(capabilities()));
	return 0;
}

int main(int argc, char **argv)
{
	if (!__vdso_number_of_the_beast) {
		printf("the vDSO has no function %s\n", NAME);
		return 1;
	}
	if (argc == 2 && !strcmp(argv[1], "value")) {
		printf("%d\n", __vdso_number_of_the_beast());
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "loop")) {
		long count = parse_number(argv[2]);

		grader_looks(1);
		for (long i = 0; i < count; i++)
			__vdso_number_of_the_beast();
		grader_looks(2);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "watch"))
		return watch();
	dprintf(2, "usage: beast value | loop COUNT | watch\n");
	return 2;
}
