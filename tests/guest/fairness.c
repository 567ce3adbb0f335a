/* needs: usage */
/*
 * Who gets the CPU, where one instruction is a nanosecond and results repeat:
 * a sleeper beside endless loops wakes in time, and a task that works 3 ms and
 * sleeps 50 us gets its share, which is counted exactly.
 *
 * tools/run: -qemu "-icount shift=0,sleep=off" */
#include "kernel/abi/resource.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define MS    1000000l
#define LOOPS 4

static long clock_ns(int clock)
{
	struct timespec time;

	syscall(SYS_clock_gettime, clock, &time);
	return time.tv_sec * 1000 * MS + time.tv_nsec;
}

static void sleep_ns(long ns)
{
	const struct timespec time = { 0, ns };

	call_nanosleep(&time, NULL);
}

/* Starts so many children that compute without end. */
static void start_loops(int count, long *pids)
{
	for (int i = 0; i < count; i++) {
		pids[i] = call_fork();
		while (pids[i] == 0)
			;
	}
}

/* Ends them; the CPU time that they have had in ns. */
static long end_loops(int count, const long *pids)
{
	struct rusage usage;
	long sum = 0;

	for (int i = 0; i < count; i++) {
		call_kill((int)pids[i], SIGKILL);
		call_wait4((int)pids[i], NULL, 0, &usage);
		sum += (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 *
			       MS +
		       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
	}
	return sum;
}

/* The latest of many sleeps of 1 to 6 ms. */
static long worst_lateness(void)
{
	long worst = 0;

	for (int i = 0; i < 100; i++) {
		long ns = (1 + i % 6) * MS, began = clock_ns(CLOCK_MONOTONIC);
		long late;

		sleep_ns(ns);
		late = clock_ns(CLOCK_MONOTONIC) - began - ns;
		worst = late > worst ? late : worst;
	}
	return worst;
}

static void test_lateness(int count)
{
	long pids[LOOPS], late;

	start_loops(count, pids);
	late = worst_lateness();
	end_loops(count, pids);
	diag("the latest sleeper beside %d loops: %ld ns", count, late);
	if (on_colonel())
		ok(late < 100000, "a sleep beside %d endless loops", count);
	else
		skip("others run, too", "a sleep beside %d endless loops",
		     count);
}

/* Works 3 ms and sleeps 50 us again and again; the CPU time it has had. */
static long work_and_rest(long ns)
{
	long began = clock_ns(CLOCK_MONOTONIC);
	long first = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	while (clock_ns(CLOCK_MONOTONIC) - began < ns) {
		long now = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

		while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - now < 3 * MS)
			;
		sleep_ns(50000);
	}
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID) - first;
}

static void test_share(int count)
{
	long pids[LOOPS], began = clock_ns(CLOCK_MONOTONIC), all, mine, theirs;

	start_loops(count, pids);
	mine = work_and_rest(1000 * MS);
	theirs = end_loops(count, pids);
	all = clock_ns(CLOCK_MONOTONIC) - began;
	diag("mine %ld, theirs %ld, of %ld us", mine / 1000, theirs / 1000,
	     all / 1000);
	if (!on_colonel()) {
		skip("others run, too", "CPU time beside %d loops", count);
		return;
	}
	ok(mine * (count + 1) > all * 3 / 4 && mine * (count + 1) < all * 5 / 4,
	   "a task that rests a little has its share beside %d loops", count);
	ok(mine + theirs > all / 100 * 99 && mine + theirs <= all,
	   "and all the time is somebody's");
}

int main(void)
{
	const uint64_t first_cpu = 1;

	syscall(SYS_sched_setaffinity, 0, 8, &first_cpu);
	test_lateness(1);
	test_lateness(LOOPS);
	test_share(1);
	test_share(LOOPS);
	return tap_done();
}
