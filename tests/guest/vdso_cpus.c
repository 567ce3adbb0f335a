/*
 * The kernel's own page, read on all CPUs while all of them steer the clocks
 * and put CLOCK_REALTIME on and back by an hour: nobody ever sees half of an
 * update, and who hears of another's time reads a later one, by call or by
 * trap, from whatever CPU it moves to meanwhile.
 *
 *	vdso_cpus [SECONDS]
 *
 * tools/run: -smp 2 */
#include "kernel/abi/time.h"
#include "tests/guest/thread.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"
#include "user/lib/vdso.h"

#define SECOND 1000000000l
#define STEP   (3600 * SECOND + SECOND / 2)
#define MOST   8

typedef int clock_gettime_function(int clock, struct timespec *time);

static clock_gettime_function *vdso_clock_gettime;

static struct reader {
	long told __attribute__((aligned(64))); /* its last time, for others */
	unsigned long rounds, torn, back, cpus;
	struct thread thread;
} readers[MOST];

static int reader_count;
static bool stop;

/* How far CLOCK_REALTIME is ahead of CLOCK_MONOTONIC, but for steps. */
static long ahead_least, ahead_most;

static long now(int clock)
{
	struct timespec time = { 0, 0 };

	vdso_clock_gettime(clock, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static long now_by_trap(int clock)
{
	struct timespec time = { 0, 0 };

	syscall(SYS_clock_gettime, clock, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static void find_distance(void)
{
	ahead_least = 0;
	ahead_most = INT64_MAX;
	for (int i = 0; i < 1000; i++) {
		long first = now(CLOCK_MONOTONIC);
		long real = now(CLOCK_REALTIME);
		long last = now(CLOCK_MONOTONIC);

		if (real - last > ahead_least)
			ahead_least = real - last;
		if (real - first < ahead_most)
			ahead_most = real - first;
	}
}

static void go_to_cpu(unsigned cpu)
{
	unsigned long cpus = 1ul << cpu;

	syscall(SYS_sched_setaffinity, 0, sizeof(cpus), &cpus);
}

static void look(struct reader *me, struct reader *other)
{
	long heard = __atomic_load_n(&other->told, __ATOMIC_ACQUIRE);
	long first = me->rounds % 16 ? now(CLOCK_MONOTONIC)
				     : now_by_trap(CLOCK_MONOTONIC);
	long real = now(CLOCK_REALTIME);
	long last = now(CLOCK_MONOTONIC);

	me->rounds++;
	me->back += first < heard || last < first;
	real -= (real - last - ahead_least + STEP / 2) / STEP * STEP;
	me->torn += real + 1 < first + ahead_least ||
		    real > last + ahead_most + 1;
	__atomic_store_n(&me->told, last, __ATOMIC_RELEASE);
}

/* Linux's clock is everybody's: there only the tick writes. */
static void update(unsigned n)
{
	struct timex rate = { .modes = ADJ_FREQUENCY,
			      .freq = n % 4 < 2 ? 500 << 16 : -500 * 65536 };
	struct timex step = { .modes = ADJ_SETOFFSET,
			      .time = { n % 2 ? -3601 : 3600, 500000 } };

	if (!on_colonel())
		return;
	syscall(SYS_adjtimex, &rate);
	syscall(SYS_adjtimex, &step);
}

static void read_on(void *arg)
{
	struct reader *me = arg;
	int number = (int)(me - readers);
	struct reader *other = &readers[(number + 1) % reader_count];

	for (unsigned n = number; !__atomic_load_n(&stop, __ATOMIC_RELAXED);
	     n++) {
		unsigned cpu = 0;

		go_to_cpu(n % reader_count);
		for (unsigned i = 0; i < 5000; i++) {
			look(me, other);
			if (i % 250 < 2)
				update(i);
		}
		syscall(SYS_getcpu, &cpu, NULL);
		me->cpus |= 1ul << cpu;
	}
}

static int count(unsigned long cpus)
{
	int n = 0;

	for (; cpus; cpus &= cpus - 1)
		n++;
	return n;
}

static int count_cpus(void)
{
	unsigned long cpus = 0;

	syscall(SYS_sched_getaffinity, 0, sizeof(cpus), &cpus);
	return count(cpus);
}

static void test(long seconds)
{
	struct reader all = { 0 };

	for (int i = 0; i < reader_count; i++)
		thread_start(&readers[i].thread, read_on, &readers[i]);
	sys_nanosleep(&(struct timespec){ seconds, 0 }, NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < reader_count; i++) {
		thread_join(&readers[i].thread);
		all.rounds += readers[i].rounds;
		all.torn += readers[i].torn;
		all.back += readers[i].back;
		all.cpus |= readers[i].cpus;
	}
	diag("%lu rounds of %d readers", all.rounds, reader_count);
	ok(all.rounds > 1000, "readers come to read");
	is(count(all.cpus), reader_count, "on each CPU");
	is(all.torn, 0, "nobody sees half of an update");
	is(all.back, 0, "no time before one that was heard of");
}

int main(int argc, char **argv)
{
	const void *image = (const void *)getauxval(AT_SYSINFO_EHDR);
	struct timespec time;

	reader_count = count_cpus();
	if (!image || reader_count < 2) {
		skip("no vDSO, or one CPU", "reading on several CPUs");
		return tap_done();
	}
	if (reader_count > MOST)
		reader_count = MOST;
	vdso_clock_gettime = (clock_gettime_function *)
		vdso_symbol(image, "__vdso_clock_gettime", "LINUX_2.6");
	if (on_colonel()) { /* from now on the real-time clock leaves it alone */
		syscall(SYS_clock_gettime, CLOCK_REALTIME, &time);
		syscall(SYS_clock_settime, CLOCK_REALTIME, &time);
	}
	find_distance();
	test(argc > 1 ? parse_number(argv[1]) : 1);
	return tap_done();
}
