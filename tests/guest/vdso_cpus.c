/* needs: steering threads */
/*
 * The kernel's own page, read on all CPUs while the kernel changes it: nobody
 * ever sees half of an update, and who hears of another's time reads a later
 * one.  First each reader stays on its CPU and only calls, and one has the
 * clocks steered and CLOCK_REALTIME put on and back by an hour.  Then all have
 * that done, trap too, and go from CPU to CPU.
 *
 *	vdso_cpus [ROUNDS [ROUNDS-MOVING]]
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

struct counts {
	unsigned long rounds, torn, back, updates, cpus;
};

static struct reader {
	long told __attribute__((aligned(64))); /* its last time, for others */
	struct counts seen;
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

static void go_to_cpu(struct reader *me, unsigned cpu)
{
	unsigned long cpus = 1ul << cpu;

	syscall(SYS_sched_setaffinity, 0, sizeof(cpus), &cpus);
	syscall(SYS_getcpu, &cpu, NULL);
	me->seen.cpus |= 1ul << cpu;
}

static void look(struct reader *me, long (*clock)(int))
{
	const struct reader *other = me + 1 < readers + reader_count ? me + 1
								     : readers;
	long heard = __atomic_load_n(&other->told, __ATOMIC_ACQUIRE);
	long first = clock(CLOCK_MONOTONIC);
	long real = now(CLOCK_REALTIME);
	long last = now(CLOCK_MONOTONIC);

	me->seen.back += first < heard || last < first;
	real -= (real - last - ahead_least + STEP / 2) / STEP * STEP;
	me->seen.torn += real + 1 < first + ahead_least ||
			 real > last + ahead_most + 1;
	me->seen.rounds++;
	__atomic_store_n(&me->told, last, __ATOMIC_RELEASE);
}

/* Linux's clock is everybody's: there only the tick writes. */
static void update(struct reader *me)
{
	unsigned long n = me->seen.updates;
	struct timex rate = { .modes = ADJ_FREQUENCY,
			      .freq = n % 4 < 2 ? 500 << 16 : -500 * 65536 };
	struct timex step = { .modes = ADJ_SETOFFSET,
			      .time = { n % 2 ? -3601 : 3600, 500000 } };

	if (!on_colonel())
		return;
	me->seen.updates++;
	syscall(SYS_adjtimex, &rate);
	syscall(SYS_adjtimex, &step);
}

static bool goes_on(void)
{
	return !__atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static void stay(void *arg)
{
	struct reader *me = arg;

	go_to_cpu(me, me - readers);
	while (goes_on()) {
		look(me, now);
		if (me == readers && me->seen.rounds % 16 == 0)
			update(me);
	}
}

static void move(void *arg)
{
	struct reader *me = arg;

	for (unsigned n = me - readers; goes_on(); n++) {
		go_to_cpu(me, n % reader_count);
		for (unsigned i = 0; i < 1000; i++) {
			look(me, i % 16 ? now : now_by_trap);
			if (i % 250 == 0)
				update(me);
		}
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

/* Also while they go on. */
static struct counts sum(void)
{
	struct counts all = { 0 };

	for (int i = 0; i < reader_count; i++) {
		const volatile struct counts *seen = &readers[i].seen;

		all.rounds += seen->rounds;
		all.torn += seen->torn;
		all.back += seen->back;
		all.updates += seen->updates;
		all.cpus |= seen->cpus;
	}
	return all;
}

static void test(const char *name, void (*read)(void *), unsigned long rounds)
{
	const struct timespec moment = { 0, 10000000 };
	long start = now(CLOCK_MONOTONIC_RAW), ms;
	struct counts all;

	stop = false;
	for (int i = 0; i < reader_count; i++) {
		readers[i] = (struct reader){ 0 };
		thread_start(&readers[i].thread, read, &readers[i]);
	}
	do {
		call_nanosleep(&moment, NULL);
		all = sum();
	} while (all.rounds < rounds ||
		 (on_colonel() && all.updates < rounds / 10000));
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < reader_count; i++)
		thread_join(&readers[i].thread);
	all = sum();
	ms = (now(CLOCK_MONOTONIC_RAW) - start) / 1000000;
	diag("%s: %lu rounds of %d readers, %lu updates, %ld ms", name,
	     all.rounds, reader_count, all.updates, ms);
	is(count(all.cpus), reader_count, "%s: on each CPU", name);
	is(all.torn, 0, "%s: nobody sees half of an update", name);
	is(all.back, 0, "%s: no time before one that was heard of", name);
}

static unsigned long rounds(int argc, char **argv, int i, unsigned long usual)
{
	return argc > i ? (unsigned long)parse_number(argv[i]) : usual;
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
	test("staying", stay, rounds(argc, argv, 1, 200000));
	test("moving", move, rounds(argc, argv, 2, 20000));
	return tap_done();
}
