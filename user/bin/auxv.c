/*
 * Prints what the kernel tells a new program: the auxiliary vector on its
 * stack, as LD_SHOW_AUXV=1 does, and what the vDSO's capabilities() says.
 */
#include "kernel/abi/capabilities.h"
#include "user/lib/auxv.h"
#include "user/lib/printf.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/vsyscall.h"

static void print_capabilities(unsigned long word)
{
	printf("vDSO: %s; %s; %s; %lu ticks a second\n",
	       word & CAPABILITY_CLOCK ? "its clocks run between ticks"
				       : "its clocks ask the kernel",
	       word & CAPABILITY_RDTSCP ? "rdtscp" : "lfence, rdtsc",
	       word & CAPABILITY_RDPID ? "rdpid" : "lsl", CAPABILITY_HZ(word));
}

int main(int argc, char **argv)
{
	unsigned long word = capabilities();

	if (argc > 1) {
		printf("usage: auxv\n"
		       "Prints what the kernel tells a new program on its "
		       "stack.\n");
		return strcmp(argv[1], "--help") ? 2 : 0;
	}
	auxv_print(auxv);
	if (word)
		print_capabilities(word);
	return 0;
}
