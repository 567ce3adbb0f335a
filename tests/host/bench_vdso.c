/*
 * What each function of the shipped image costs on this very CPU, beside the
 * host Linux's own vDSO: both called in turns, with a bare ordered read of the
 * counter and an empty call, so that noise meets all alike. Also how many
 * instructions each call takes, single-stepped, and how many reads a number
 * of threads make. Of the beast's number, which Linux has not, the peer is a
 * function that does nothing. Prints, one line each:
 *
 *	NAME OURS LINUX COUNTER EMPTY RATIO INSTRUCTIONS LINUX'S
 *	readers=N OURS LINUX
 *
 * in nanoseconds, the RATIO being the median of the rounds' own; the readers
 * in calls a millisecond. tools/bench runs it; it tests nothing.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "kernel/abi/auxv.h"
#include "kernel/cpu/cpu.h"
#include "kernel/time/timeline.h"
#include "kernel/time/vvar.h"
#include "tests/host/vdso_image.h"
#include "user/lib/vdso.h"

#define ROUNDS      5001
#define BATCH       100
#define MOST_CPUS   8
#define READERS_NS  50000000
#define SLICES      7
#define LINUX_PAGES 2

/* <sys/auxv.h> and our own ELF structures cannot stand in one file. */
unsigned long getauxval(unsigned long type);

static struct image ours, theirs;
static struct timeline timeline;

static uint64_t ordered_rdtsc(void)
{
	__builtin_ia32_lfence();
	return __builtin_ia32_rdtsc();
}

static const struct clocksource source = {
	.name = "tsc", .read = ordered_rdtsc, .mask = UINT64_MAX, .user = true
};

/* Only what the page says about the CPU. */
bool cpu_has(enum cpu_feature feature)
{
	unsigned a, b, c, d;

	if (feature == CPU_RDTSCP)
		return __get_cpuid(0x80000001, &a, &b, &c, &d) && d & 1 << 27;
	if (feature == CPU_LFENCE_ORDERS)
		return __get_cpuid(0x80000021, &a, &b, &c, &d) && a & 1 << 2;
	return feature == CPU_RDPID &&
	       __get_cpuid_count(7, 0, &a, &b, &c, &d) && c & 1 << 22;
}

/* What the tick does. */
static void publish(void)
{
	vvar_open();
	timeline_rebase(&timeline, timeline.source->read());
	update_vsyscall(&timeline);
	memcpy(ours.vvar_k, &vvar_k, sizeof(vvar_k));
}

static uint64_t host_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static uint64_t tsc_frequency(void)
{
	uint64_t ns = host_ns(), cycles = ordered_rdtsc();

	usleep(50000);
	cycles = ordered_rdtsc() - cycles;
	return cycles * NSEC_PER_SEC / (host_ns() - ns);
}

/* ---- The calls ------------------------------------------------------------------- */

static struct timespec ts;
static struct timeval tv;
static unsigned cpu, node;

#define CALL(name, call)                                  \
	static void name(const struct image *vdso, int n) \
	{                                                 \
		(void)vdso;                               \
		while (n--)                               \
			(void)(call);                     \
	}

CALL(monotonic, vdso->clock_gettime(CLOCK_MONOTONIC, &ts))
CALL(realtime, vdso->clock_gettime(CLOCK_REALTIME, &ts))
CALL(raw, vdso->clock_gettime(CLOCK_MONOTONIC_RAW, &ts))
CALL(boottime, vdso->clock_gettime(CLOCK_BOOTTIME, &ts))
CALL(tai, vdso->clock_gettime(CLOCK_TAI, &ts))
CALL(monotonic_coarse, vdso->clock_gettime(CLOCK_MONOTONIC_COARSE, &ts))
CALL(realtime_coarse, vdso->clock_gettime(CLOCK_REALTIME_COARSE, &ts))
CALL(time_of_day, vdso->gettimeofday(&tv, NULL))
CALL(seconds, vdso->time(NULL))
CALL(seconds_stored, vdso->time(&ts.tv_sec))
CALL(cpu_number, vdso->getcpu(&cpu, &node, NULL))
CALL(resolution, vdso->clock_getres(CLOCK_MONOTONIC, &ts))
CALL(beast, vdso->number_of_the_beast())
CALL(counter_read, ordered_rdtsc())
CALL(empty_call, theirs.number_of_the_beast())

static const struct {
	const char *name;
	void (*call)(const struct image *vdso, int n);
} calls[] = {
	{ "monotonic", monotonic },
	{ "realtime", realtime },
	{ "monotonic-raw", raw },
	{ "boottime", boottime },
	{ "tai", tai },
	{ "monotonic-coarse", monotonic_coarse },
	{ "realtime-coarse", realtime_coarse },
	{ "gettimeofday", time_of_day },
	{ "time", seconds },
	{ "time-stored", seconds_stored },
	{ "getcpu", cpu_number },
	{ "clock-getres", resolution },
	{ "notb", beast },
};
#define CALLS (int)(sizeof(calls) / sizeof(*calls))

/* ---- Instructions ---------------------------------------------------------------- */

static const struct image *stepped;
static volatile int steps;

static void on_step(int signo, siginfo_t *info, void *context)
{
	uint64_t rip = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	(void)signo, (void)info;
	steps += rip - (uint64_t)stepped->bytes < stepped->size;
}

/* Sets or clears the trap flag, below what a function may keep there. */
#define TRAP_FLAG(operation)                                              \
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\t" operation \
			 "\n\tpopfq\n\tlea 128(%%rsp), %%rsp"             \
			 :                                                \
			 :                                                \
			 : "memory", "cc")

/* Of the image itself; the least of some: a second may end in one. */
static int count_instructions(int which, const struct image *vdso)
{
	int least = 1 << 30;

	stepped = vdso;
	for (int i = 0; i < 5; i++) {
		publish();
		steps = 0;
		TRAP_FLAG("orq $0x100, (%%rsp)");
		calls[which].call(vdso, 1);
		TRAP_FLAG("andq $~0x100, (%%rsp)");
		least = steps < least ? steps : least;
	}
	return least;
}

/* ---- Time ------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	return values[ROUNDS / 2];
}

static double cycles_of(void (*call)(const struct image *, int),
			const struct image *vdso)
{
	uint64_t start = ordered_rdtsc();

	call(vdso, BATCH);
	return (double)(ordered_rdtsc() - start) / BATCH;
}

static void measure(int which, double ns)
{
	static double mine[ROUNDS], its[ROUNDS], counter[ROUNDS],
		nothing[ROUNDS], ratio[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		publish();
		/* who comes first has the colder caches: in turns */
		if (i % 2)
			mine[i] = cycles_of(calls[which].call, &ours);
		its[i] = cycles_of(calls[which].call, &theirs);
		if (i % 2 == 0)
			mine[i] = cycles_of(calls[which].call, &ours);
		counter[i] = cycles_of(counter_read, &ours);
		nothing[i] = cycles_of(empty_call, &ours);
		ratio[i] = mine[i] / its[i];
	}
	printf("%s %.2f %.2f %.2f %.2f %.3f %d %d\n", calls[which].name,
	       median(mine) * ns, median(its) * ns, median(counter) * ns,
	       median(nothing) * ns, median(ratio),
	       count_instructions(which, &ours),
	       count_instructions(which, &theirs));
}

/* ---- Threads --------------------------------------------------------------------- */

static volatile bool go, stop;

/* Reads in a millisecond that it really ran, whoever else wants its CPU. */
static void *reader(void *vdso)
{
	struct timespec now;
	uint64_t reads = 0;

	while (!go)
		;
	for (; !stop; reads++)
		((struct image *)vdso)->clock_gettime(CLOCK_MONOTONIC, &now);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (void *)(reads * 1000 / (uint64_t)(now.tv_nsec / 1000 + 1));
}

static uint64_t count_reads(int threads, struct image *vdso)
{
	uint64_t start, reads = 0;
	pthread_t ids[MOST_CPUS];

	go = stop = false;
	for (int i = 0; i < threads; i++)
		pthread_create(&ids[i], NULL, reader, vdso);
	go = true;
	for (start = host_ns(); host_ns() < start + READERS_NS;) {
		usleep(4000);
		publish();
	}
	stop = true;
	for (int i = 0; i < threads; i++) {
		void *made;

		pthread_join(ids[i], &made);
		reads += (uint64_t)made;
	}
	return reads;
}

/* The most of some slices, in turns: what other programs left to us. */
static void compare_readers(int threads)
{
	uint64_t most[2] = { 0, 0 };

	for (int i = 0; i < SLICES * 2; i++) {
		uint64_t reads = count_reads(threads, i % 2 ? &theirs : &ours);

		if (reads > most[i % 2])
			most[i % 2] = reads;
	}
	printf("readers=%d %lu %lu\n", threads, most[0], most[1]);
}

/*
 * A function that does nothing, as far from its caller as an image is: calls
 * and returns over more than 4 GiB cost a CPU some cycles more than others.
 */
static void *far_empty_function(void)
{
	static const unsigned char code[] = {
		0x31, 0xc0, /* xor %eax, %eax */
		0xc3,       /* ret */
	};
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED) {
		perror("bench_vdso: mmap");
		exit(1);
	}
	return memcpy(page, code, sizeof(code));
}

static void find_theirs(void)
{
	unsigned char *bytes = (void *)getauxval(AT_SYSINFO_EHDR);
	const char *version = "LINUX_2.6";

	if (!bytes) {
		fprintf(stderr, "bench_vdso: this Linux has no vDSO\n");
		exit(1);
	}
	theirs = (struct image){
		.bytes = bytes,
		.size = LINUX_PAGES * 4096,
		.clock_gettime = vdso_symbol(bytes, "__vdso_clock_gettime",
					     version),
		.gettimeofday = vdso_symbol(bytes, "__vdso_gettimeofday",
					    version),
		.time = vdso_symbol(bytes, "__vdso_time", version),
		.clock_getres = vdso_symbol(bytes, "__vdso_clock_getres",
					    version),
		.getcpu = vdso_symbol(bytes, "__vdso_getcpu", version),
		/* for want of one */
		.number_of_the_beast = far_empty_function(),
	};
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_step,
				    .sa_flags = SA_SIGINFO };
	uint64_t frequency = tsc_frequency();

	vvar_init();
	image_map(&ours);
	/* as kernel/cpu/patch.c has it */
	if (cpu_has(CPU_RDTSCP) && !cpu_has(CPU_LFENCE_ORDERS))
		image_patch(&ours, PATCH_RDTSCP);
	if (cpu_has(CPU_RDPID))
		image_patch(&ours, PATCH_RDPID);
	find_theirs();
	timeline_start(&timeline, &source, timeline_mult(frequency),
		       ordered_rdtsc());
	sigaction(SIGTRAP, &action, NULL);

	for (int i = 0; i < CALLS; i++)
		measure(i, 1e9 / (double)frequency);
	for (int n = 1; n <= sysconf(_SC_NPROCESSORS_ONLN) && n <= MOST_CPUS;
	     n++)
		compare_readers(n);
	return 0;
}
