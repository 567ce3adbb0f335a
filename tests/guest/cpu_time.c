/* needs: threads timers usage */
/*
 * CPU time: of a thread, of a process with several on several CPUs, of threads
 * and children that have ended. All by the tick, so nothing is finer than that.
 *
 *	cpu_time speedup	how much faster two threads are than
 *				one, in hundredths
 *
 * tools/run: -smp 2 */
#include "kernel/abi/resource.h"
#include "kernel/abi/times.h"
#include "tests/guest/thread.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/tap.h"

#define MS   1000000l
#define WORK (60 * MS)
#define TICK (10 * MS) /* the coarsest unit that any of the calls has */

static long clock_ns(int clock)
{
	struct timespec time;

	syscall(SYS_clock_gettime, clock, &time);
	return time.tv_sec * 1000 * MS + time.tv_nsec;
}

static long thread_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static long process_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static long usage_ns(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 * MS +
	       (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000;
}

static long rusage_ns(int who)
{
	struct rusage usage;

	syscall(SYS_getrusage, who, &usage);
	return usage_ns(&usage);
}

/* Until the caller has had so much more of a CPU; what it has had then. */
static long burn(long ns)
{
	long end = thread_ns() + ns, now;

	while ((now = thread_ns()) < end)
		;
	return now;
}

static bool near(long a, long b)
{
	return a - b <= 2 * TICK && b - a <= 2 * TICK;
}

/* ---- Threads ------------------------------------------------------------------ */

static long used[2];

static void burn_thread(void *arg)
{
	*(long *)arg = burn(WORK);
}

static void test_threads(void)
{
	static struct thread threads[2];
	long before = process_ns(), own = thread_ns(), began, sum;

	began = clock_ns(CLOCK_MONOTONIC);
	for (int i = 0; i < 2; i++)
		thread_start(&threads[i], burn_thread, &used[i]);
	for (int i = 0; i < 2; i++)
		thread_join(&threads[i]);
	began = clock_ns(CLOCK_MONOTONIC) - began;
	own = thread_ns() - own;
	sum = process_ns() - before;
	ok(used[0] >= WORK && used[1] >= WORK, "each thread has its own clock");
	ok(own < WORK, "which does not run for who waits: %ld ms", own / MS);
	ok(near(sum, used[0] + used[1] + own),
	   "ended threads count in the process's: %ld ms, they had %ld and %ld",
	   sum / MS, used[0] / MS, used[1] / MS);
	ok(sum <= 3 * began + 2 * TICK, "no more than the CPUs had");
}

static void test_calls_agree(void)
{
	struct tms tms;
	long clock = process_ns(), usage = rusage_ns(RUSAGE_SELF);

	syscall(SYS_times, &tms);
	ok(near(clock, usage), "getrusage, %ld ms, agrees with the clock, %ld",
	   usage / MS, clock / MS);
	ok(near(clock, (tms.tms_utime + tms.tms_stime) * TICK),
	   "and times does");
	clock = thread_ns();
	usage = rusage_ns(RUSAGE_THREAD);
	ok(near(clock, usage), "RUSAGE_THREAD agrees with the thread's");
	ok(usage < rusage_ns(RUSAGE_SELF), "and is less than the process's");
}

static void test_sleep(void)
{
	struct timespec time = { 0, 100 * MS };
	long before = thread_ns();

	call_nanosleep(&time, NULL);
	ok(thread_ns() - before < 50 * MS, "who sleeps uses no time");
}

/* ---- Children ------------------------------------------------------------------ */

static int burn_child(void *arg)
{
	(void)arg;
	burn(WORK);
	return 0;
}

/* Its own time, and its child's. */
static int burn_both(void *arg)
{
	if (in_child(burn_child, arg))
		return 1;
	return burn_child(arg);
}

static void test_children(void)
{
	struct rusage usage;
	struct tms tms;
	int status;
	long pid, before = rusage_ns(RUSAGE_CHILDREN), own = process_ns(), more;

	pid = call_fork();
	if (pid == 0)
		call_exit_group(thread_ns() > TICK ? 1 : burn_both(NULL));
	while (syscall(SYS_waitid, P_PID, pid, NULL, WEXITED | WNOWAIT, NULL))
		;
	is(rusage_ns(RUSAGE_CHILDREN), before, "none before it is waited for");
	is(call_wait4((int)pid, &status, 0, &usage), pid, "wait4");
	is(status, 0, "a child's clock begins at 0");
	more = rusage_ns(RUSAGE_CHILDREN) - before;
	ok(more >= 2 * WORK - 2 * TICK, "it and its child had %ld ms",
	   more / MS);
	is(usage_ns(&usage), more, "wait4 tells the same");
	syscall(SYS_times, &tms);
	ok(near((tms.tms_cutime + tms.tms_cstime) * TICK, before + more),
	   "and times");
	ok(process_ns() - own < WORK, "their time is not ours");
}

/* ---- Speed-up ------------------------------------------------------------------- */

#define PIECE 30000000ul

static void count(void *arg)
{
	(void)arg;
	for (uint64_t n = PIECE; n; n--)
		asm volatile("");
}

/* Two pieces, one after the other or at once. */
static long time_two(bool at_once)
{
	static struct thread thread;
	long began = clock_ns(CLOCK_MONOTONIC);

	if (at_once)
		thread_start(&thread, count, NULL);
	else
		count(NULL);
	count(NULL);
	if (at_once)
		thread_join(&thread);
	return clock_ns(CLOCK_MONOTONIC) - began;
}

/* Each of nine pairs in hundredths, and the one in the middle. */
static int show_speedup(void)
{
	long ratios[9], count_below;

	for (int i = 0; i < 9; i++) {
		long alone = time_two(false);

		ratios[i] = alone * 100 / time_two(true) * 16 + i;
		printf("%ld ", ratios[i] / 16);
	}
	for (int i = 0; i < 9; i++) {
		count_below = 0;
		for (int k = 0; k < 9; k++)
			count_below += ratios[k] < ratios[i];
		if (count_below == 4)
			printf("\nmedian %ld\n", ratios[i] / 16);
	}
	return 0;
}

/* Interrupts that timers want between two ticks are no ticks. */
static void test_alarms(void)
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, none = { 0 };
	long start = clock_ns(CLOCK_MONOTONIC), before = thread_ns(), used;

	signal_plain(SIGALRM, SIG_IGN);
	syscall(SYS_setitimer, ITIMER_REAL, &often, NULL);
	while (clock_ns(CLOCK_MONOTONIC) - start < 300 * MS)
		;
	syscall(SYS_setitimer, ITIMER_REAL, &none, NULL);
	used = thread_ns() - before;
	ok(used <= clock_ns(CLOCK_MONOTONIC) - start + 2 * TICK,
	   "alarms add no CPU time (%ld ms)", used / MS);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return show_speedup();
	is(rusage_ns(RUSAGE_CHILDREN), 0, "no children, no time");
	test_threads();
	test_calls_agree();
	test_sleep();
	test_alarms();
	test_children();
	return tap_done();
}
