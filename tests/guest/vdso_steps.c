/* needs: steering */
/*
 * A call into the vDSO, stopped behind each of its instructions by a signal
 * whose handler makes the kernel update the page, no, one or two times, with
 * another rate each time, and moves to another CPU: what the call tells lies
 * between the system call before and the one after.
 */
#include "kernel/abi/time.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/tap.h"
#include "user/lib/vdso.h"

#define SECOND     1000000000l
#define IMAGE_MOST 16384
#define MOST_STEPS 2000

typedef int clock_gettime_function(int clock, struct timespec *time);
typedef int gettimeofday_function(struct timeval *time, struct timezone *zone);

static clock_gettime_function *vdso_clock_gettime;
static gettimeofday_function *vdso_gettimeofday;

static unsigned long image;
static bool colonel;

/* Steps inside of the image; after number `stop_at` comes the interruption. */
static volatile int steps, stop_at, updates;

static long now(int clock)
{
	struct timespec time = { 0, 0 };

	syscall(SYS_clock_gettime, clock, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

/* Elsewhere one has to wait for the tick. */
static void update(void)
{
	struct timex t = { .modes = ADJ_FREQUENCY };
	static int n;

	if (colonel) {
		t.freq = ++n % 2 ? 500 << 16 : -500 * 65536;
		syscall(SYS_adjtimex, &t);
		return;
	}
	for (long tick = now(CLOCK_MONOTONIC_COARSE);
	     now(CLOCK_MONOTONIC_COARSE) == tick;)
		;
}

/* To the next CPU, when there is more than this one. */
static void migrate(void)
{
	static unsigned long n;
	unsigned long cpus = 1ul << n++ % 2;

	syscall(SYS_sched_setaffinity, 0, sizeof(cpus), &cpus);
}

static void on_step(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info;
	if ((unsigned long)context->uc_mcontext.rip - image >= IMAGE_MOST ||
	    steps++ != stop_at)
		return;
	for (int i = 0; i < updates; i++)
		update();
	migrate();
}

/* Sets or clears the trap flag, below what a function may keep there. */
#define TRAP_FLAG(operation)                                          \
	asm volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\t" operation \
		     "\n\tpopfq\n\tlea 128(%%rsp), %%rsp"             \
		     :                                                \
		     :                                                \
		     : "memory", "cc")

/* What the call tells, in ns. */
static long stepped_clock(int clock)
{
	struct timespec time = { 0, 0 };

	steps = 0;
	TRAP_FLAG("orq $0x100, (%%rsp)");
	vdso_clock_gettime(clock, &time);
	TRAP_FLAG("andq $~0x100, (%%rsp)");
	return time.tv_sec * SECOND + time.tv_nsec;
}

static long stepped_day(int unused)
{
	struct timeval time = { 0, 0 };

	(void)unused;
	steps = 0;
	TRAP_FLAG("orq $0x100, (%%rsp)");
	vdso_gettimeofday(&time, NULL);
	TRAP_FLAG("andq $~0x100, (%%rsp)");
	return time.tv_sec * SECOND + time.tv_usec * 1000;
}

static void test_call(long (*call)(int clock), int clock, long unit,
		      const char *name)
{
	int outside = 0, most = 0;
	long before, seen, after;

	for (stop_at = 0; stop_at <= most + 1 && most < MOST_STEPS; stop_at++) {
		before = now(clock) / unit * unit;
		seen = call(clock);
		after = now(clock);
		if (seen < before || seen > after) {
			diag("%ld, not in %ld to %ld, at instruction %d", seen,
			     before, after, stop_at);
			outside++;
		}
		if (steps > most)
			most = steps;
	}
	ok(most > 1 && most < MOST_STEPS, "%s is stepped: %d instructions",
	   name, most);
	is(outside, 0, "%s, %d updates at each", name, updates);
}

static const struct {
	int clock;
	const char *name;
} clocks[] = {
	{ CLOCK_REALTIME, "CLOCK_REALTIME" },
	{ CLOCK_MONOTONIC, "CLOCK_MONOTONIC" },
	{ CLOCK_MONOTONIC_RAW, "CLOCK_MONOTONIC_RAW" },
	{ CLOCK_REALTIME_COARSE, "CLOCK_REALTIME_COARSE" },
	{ CLOCK_MONOTONIC_COARSE, "CLOCK_MONOTONIC_COARSE" },
	{ CLOCK_BOOTTIME, "CLOCK_BOOTTIME" },
	{ CLOCK_TAI, "CLOCK_TAI" },
};

static void test_all(void)
{
	for (unsigned i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		test_call(stepped_clock, clocks[i].clock, 1, clocks[i].name);
	test_call(stepped_day, CLOCK_REALTIME, 1000, "gettimeofday");
}

int main(void)
{
	struct timex steady = { .modes = ADJ_FREQUENCY };

	colonel = on_colonel();
	image = getauxval(AT_SYSINFO_EHDR);
	if (!image) {
		skip("there is no vDSO", "stepping");
		return tap_done();
	}
	vdso_clock_gettime = (clock_gettime_function *)
		vdso_symbol((void *)image, "__vdso_clock_gettime", "LINUX_2.6");
	vdso_gettimeofday = (gettimeofday_function *)
		vdso_symbol((void *)image, "__vdso_gettimeofday", "LINUX_2.6");
	signal_set(SIGTRAP, on_step, 0);
	for (updates = 0; updates <= 2; updates++)
		test_all();
	if (colonel)
		syscall(SYS_adjtimex, &steady);
	return tap_done();
}
