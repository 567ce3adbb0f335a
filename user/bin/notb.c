/*
 * The article's program: reads the number of the beast, which the kernel keeps
 * writing, and prints it.
 *
 *	notb            His number is 666
 *	notb -n N       read it N times: how many system calls, at what cost
 *	notb -w [S]     watch it and the time, for S seconds or until ^C
 */
#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/errno.h"
#include "kernel/abi/syscall32.h"
#include "user/lib/printf.h"
#include "user/lib/string.h"
#include "user/lib/vsyscall.h"

#define SAMPLES 101 /* timed for each cost; odd: there is a middle one */
#define BATCH   100 /* reads a sample */

static int usage(int fd, int status)
{
	dprintf(fd, "usage: notb [-n READS | -w [SECONDS]]\n"
		    "Prints the number of the beast, which the kernel keeps "
		    "writing.\n"
		    "  -n READS      reads it so often, and counts the system "
		    "calls\n"
		    "  -w [SECONDS]  watches it and the time, until ^C\n");
	return status;
}

/* ---- notb -n ------------------------------------------------------------ */

/* The line `Syscalls: N` of /proc/self/status, or -errno. */
static long count_syscalls(void)
{
	static const char key[] = "Syscalls:";
	char status[4096];
	long fd = call_open("/proc/self/status", O_RDONLY, 0);
	long len = fd < 0 ? fd : call_read(fd, status, sizeof(status) - 1);

	if (fd >= 0)
		call_close(fd);
	if (len < 0)
		return len;
	status[len] = '\0';

	char *line = strstr(status, key);

	if (!line)
		return -ENOENT;
	line += sizeof(key) - 1;
	while (*line == ' ' || *line == '\t')
		line++;
	*strchr(line, '\n') = '\0';
	return parse_number(line);
}

static int read_by_syscall(void)
{
	return syscall(SYS_number_of_the_beast);
}

/* The slow gate; it keeps all registers but the result's. */
static int read_by_int80(void)
{
	int result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(SYS32_number_of_the_beast)
		     : "memory");
	return result;
}

/* Cycles, counted when all instructions before have been done. */
static uint64_t cycles(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static uint64_t median(uint64_t *sample, int count)
{
	for (int i = 1; i < count; i++)
		for (int j = i; j > 0 && sample[j - 1] > sample[j]; j--) {
			uint64_t larger = sample[j - 1];

			sample[j - 1] = sample[j];
			sample[j] = larger;
		}
	return sample[count / 2];
}

/* The cost of one call of `read` in tenths of a cycle. */
static uint64_t read_cost(int (*read)(void))
{
	uint64_t sample[SAMPLES];

	for (int i = 0; i < SAMPLES; i++) {
		uint64_t start = cycles();

		for (int j = 0; j < BATCH; j++)
			read();
		sample[i] = (cycles() - start) * 10 / BATCH;
	}
	return median(sample, SAMPLES);
}

static uint64_t nanoseconds(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000 + now.tv_nsec;
}

/* How many nanoseconds 1,000,000 cycles take: measured over 20 ms. */
static uint64_t nanoseconds_per_megacycle(void)
{
	uint64_t cycles_start = cycles(), start = nanoseconds(), elapsed;

	do
		elapsed = nanoseconds() - start;
	while (elapsed < 20000000);
	return elapsed * 1000 / ((cycles() - cycles_start) / 1000);
}

static void print_cost(const char *way, int (*read)(void), uint64_t ns_rate)
{
	uint64_t cost = read_cost(read), ns = cost * ns_rate / 1000000;

	printf("  %-12s %8lu.%lu %8lu.%lu\n", way, cost / 10, cost % 10,
	       ns / 10, ns % 10);
}

static int count_and_time(long reads)
{
	int notb = 0;

	/* Asking costs calls as well: ask twice to learn how many. */
	long first = count_syscalls();
	long before = count_syscalls();

	for (long i = 0; i < reads; i++)
		notb = number_of_the_beast();

	long after = count_syscalls();
	long asking = before - first;

	if (first < 0 || before < 0 || after < 0) {
		dprintf(2, "notb: no Syscalls: in /proc/self/status: %s\n",
			errno_name(first));
		return 1;
	}
	printf("His number is %d\n", notb);
	printf("%ld reads made %ld system calls\n", reads,
	       after - before - asking);
	printf("(the kernel counted %ld meanwhile, %ld of them to ask it)\n",
	       after - before, asking);

	uint64_t rate = nanoseconds_per_megacycle();

	printf("  one read by      cycles         ns\n");
	if (__vdso_number_of_the_beast)
		print_cost("vDSO", __vdso_number_of_the_beast, rate);
	print_cost("system call", read_by_syscall, rate);
	print_cost("int 0x80", read_by_int80, rate);
	return 0;
}

/* ---- notb -w ------------------------------------------------------------ */

/* One line a second, and one at once when the number changes. */
static int watch(long seconds)
{
	const struct timespec pause = { 0, 10000000 };
	struct timespec start, now;
	int64_t shown_second = -1;
	int shown = 0;

	clock_gettime(CLOCK_REALTIME, &start);
	for (;;) {
		int notb = number_of_the_beast();

		clock_gettime(CLOCK_REALTIME, &now);
		if (notb != shown || now.tv_sec != shown_second) {
			int64_t day = now.tv_sec % 86400;

			printf("%02ld:%02ld:%02ld.%03ld His number is %d\n",
			       day / 3600, day / 60 % 60, day % 60,
			       now.tv_nsec / 1000000, notb);
			shown = notb;
			shown_second = now.tv_sec;
		}
		if (seconds >= 0 && now.tv_sec - start.tv_sec >= seconds)
			return 0;
		call_nanosleep(&pause, NULL);
	}
}

/* ---- notb --------------------------------------------------------------- */

static int stranger(void)
{
	dprintf(2, "notb: this kernel does not know his number; "
		   "Colonel does.\n");
	return 1;
}

static int with_option(int argc, char **argv)
{
	long number = argc == 3 ? parse_number(argv[2]) : -1;
	bool count = !strcmp(argv[1], "-n") && number >= 0;
	bool look = !strcmp(argv[1], "-w") && (number >= 0 || argc == 2);

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(1, 0);
	if (!count && !look)
		return usage(2, 2);
	if (number_of_the_beast() == -ENOSYS)
		return stranger();
	return count ? count_and_time(number) : watch(number);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return with_option(argc, argv);

	int notb = number_of_the_beast();

	if (notb == -ENOSYS)
		return stranger();
	printf("His number is %d\n", notb);
	return 0;
}
