/* needs: signals timers */
/*
 * Timers that send signals: alarm, setitimer, timer_create; what a program
 * that executes another, or forks, keeps of them.
 */
#include "kernel/abi/errno.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"
#include "user/lib/vsyscall.h"

#define MS 1000000l

static volatile int count;
static volatile siginfo_t last;

static void on_signal(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)context;
	count++;
	last = *info;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / MS;
}

static void sleep_ms(long ms)
{
	int64_t end = now_ms() + ms;

	while (now_ms() < end) {
		struct timespec time = { 0, (end - now_ms()) * MS };

		call_nanosleep(&time, NULL);
	}
}

static struct itimerval every(long first_ms, long then_ms)
{
	return (struct itimerval){
		.it_value = { first_ms / 1000, first_ms % 1000 * 1000 },
		.it_interval = { then_ms / 1000, then_ms % 1000 * 1000 },
	};
}

/* ---- alarm and setitimer ------------------------------------------------------- */

static void test_alarm(void)
{
	is(syscall(SYS_alarm, 100), 0, "alarm: there was none");
	is(syscall(SYS_alarm, 50), 100, "100 seconds were left");
	is(syscall(SYS_alarm, 0), 50, "50 were left; none now");
	is(syscall(SYS_alarm, 0), 0, "none");
}

static void test_real(void)
{
	struct itimerval timer = every(20, 20), old;
	int64_t start = now_ms();

	count = 0;
	is(syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL), 0, "setitimer");
	while (count < 5)
		sleep_ms(1);
	ok(now_ms() - start >= 100, "five times 20 ms");
	is(last.si_code, SI_KERNEL, "si_code");
	is(syscall(SYS_getitimer, ITIMER_REAL, &old), 0, "getitimer");
	is(old.it_interval.tv_usec, 20000, "its interval");
	ok(old.it_value.tv_sec == 0 && old.it_value.tv_usec <= 20000,
	   "what is left");
	timer = every(0, 0);
	is(syscall(SYS_setitimer, ITIMER_REAL, &timer, &old), 0, "stop");
	is(old.it_interval.tv_usec, 20000, "the old one");
	count = 0;
	sleep_ms(50);
	is(count, 0, "stopped");
	timer = every(20, 0);
	syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL);
	sleep_ms(80);
	is(count, 1, "once");
	syscall(SYS_getitimer, ITIMER_REAL, &old);
	ok(!old.it_value.tv_sec && !old.it_value.tv_usec, "nothing is left");
}

static void test_errors(void)
{
	struct itimerval timer = every(10, 0);

	is(syscall(SYS_setitimer, 3, &timer, NULL), -EINVAL, "no such timer");
	is(syscall(SYS_getitimer, -1, &timer), -EINVAL, "none below 0");
	is(syscall(SYS_setitimer, ITIMER_REAL, 8, NULL), -EFAULT, "nowhere");
	is(syscall(SYS_getitimer, ITIMER_REAL, 8), -EFAULT, "to nowhere");
	timer.it_value.tv_usec = 1000000;
	is(syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL), -EINVAL,
	   "a second of microseconds");
	timer.it_value.tv_usec = INT64_MIN; /* less than its nanoseconds hold */
	is(syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL), -EINVAL,
	   "less than none");
	timer = every(10, 0);
	timer.it_value.tv_sec = -1;
	is(syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL), -EINVAL,
	   "seconds below 0");
}

static long cpu_ms(int which)
{
	struct rusage usage;
	struct timeval *user = &usage.ru_utime, *kernel = &usage.ru_stime;
	long ms;

	syscall(SYS_getrusage, RUSAGE_SELF, &usage);
	ms = user->tv_sec * 1000 + user->tv_usec / 1000;
	if (which == ITIMER_PROF)
		ms += kernel->tv_sec * 1000 + kernel->tv_usec / 1000;
	return ms;
}

/* The CPU's time passes while we run, not while we sleep, though on a busy host
 * it may take long to fall asleep. */
static void test_cpu(int which, int signo, const char *name)
{
	struct itimerval timer = every(20, 0);
	long before;

	count = 0;
	signal_set(signo, on_signal, 0);
	before = cpu_ms(which);
	is(syscall(SYS_setitimer, which, &timer, NULL), 0, "%s", name);
	sleep_ms(60);
	ok(count == 0 || cpu_ms(which) - before >= 20,
	   "%s: sleep does not count", name);
	while (!count)
		;
	is(count, 1, "%s: running does", name);
	is(last.si_signo, signo, "%s: its signal", name);
}

/* ---- timer_create --------------------------------------------------------------- */

static void test_made(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGRTMIN + 2,
				  .sigev_value.sival_int = 42 };
	struct itimerspec spec = { .it_value = { 0, 20 * MS },
				   .it_interval = { 0, 10 * MS } };
	struct itimerspec old;
	int id = -1, second = -1;
	sigset_t mask = SIGNAL_BIT(SIGRTMIN + 2);

	signal_set(SIGRTMIN + 2, on_signal, 0);
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), 0,
	   "timer_create");
	is(syscall(SYS_timer_create, CLOCK_REALTIME, NULL, &second), 0,
	   "a second one, with nothing said");
	ok(id != second, "another one");
	count = 0;
	is(syscall(SYS_timer_settime, id, 0, &spec, &old), 0, "timer_settime");
	ok(!old.it_value.tv_sec && !old.it_value.tv_nsec, "it was stopped");
	while (count < 3)
		sleep_ms(1);
	is(last.si_code, SI_TIMER, "SI_TIMER");
	is(last.si_value.sival_int, 42, "our value");
	call_rt_sigprocmask(SIG_BLOCK, &mask, NULL);
	sleep_ms(100);
	count = 0;
	call_rt_sigprocmask(SIG_UNBLOCK, &mask, NULL);
	ok(count >= 1, "it waited for us");
	ok(syscall(SYS_timer_getoverrun, id) >= 4, "and was overrun");
	is(syscall(SYS_timer_gettime, id, &old), 0, "timer_gettime");
	is(old.it_interval.tv_nsec, 10 * MS, "its interval");
	is(syscall(SYS_timer_delete, id), 0, "timer_delete");
	is(syscall(SYS_timer_delete, id), -EINVAL, "twice");
	is(syscall(SYS_timer_settime, id, 0, &spec, NULL), -EINVAL,
	   "it is gone");
	is(syscall(SYS_timer_getoverrun, id), -EINVAL, "for getoverrun too");
	sleep_ms(20);
	count = 0;
	sleep_ms(40);
	is(count, 0, "no more signals");
	syscall(SYS_timer_delete, second);
}

/* A timer of a nanosecond leaves time for other work. (On Linux its signals
 * leave none to the program that wants them.) */
static void test_storm(void)
{
	struct itimerspec spec = { { 0, 1 }, { 0, 1 } };
	int id;

	if (!on_colonel())
		return;
	syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id);
	count = 0;
	syscall(SYS_timer_settime, id, 0, &spec, NULL);
	while (count < 3)
		;
	is(syscall(SYS_timer_delete, id), 0, "a timer of 1 ns can be stopped");
}

/* How far a loop comes in a fifth of a second. */
static long loops(void)
{
	int64_t end = now_ms() + 200;
	long n = 0;

	while (now_ms() < end)
		n++;
	return n;
}

/* Has as many timers as it can, each of a nanosecond, for signals that nobody
 * wants. */
static int many_timers(void *arg)
{
	struct sigevent event = { .sigev_notify = *(int *)arg,
				  .sigev_signo = SIGALRM };
	struct itimerspec spec = { { 0, 1 }, { 0, 1 } };
	int id;

	signal_plain(SIGALRM, SIG_IGN);
	for (int i = 0; i < 256; i++)
		if (!syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id))
			syscall(SYS_timer_settime, id, 0, &spec, NULL);
	sleep_ms(1000000);
	return 0;
}

/* The interrupts and the signals of two thousand such timers leave something
 * of the CPU to others. */
static void test_storms(int notify, const char *name)
{
	long before = loops(), with = 0, pids[8];

	for (int i = 0; i < 8; i++) {
		pids[i] = call_fork();
		if (!pids[i])
			many_timers(&notify);
	}
	sleep_ms(100);
	/* the host may have had something else to do meanwhile */
	for (int i = 0; i < 10 && with < before / 20; i++)
		with = loops();
	for (int i = 0; i < 8; i++) {
		call_kill(pids[i], SIGKILL);
		call_wait4(pids[i], NULL, 0, NULL);
	}
	diag("%s: %ld of %ld", name, with, before);
	ok(with >= before / 20, "%s: a loop goes on", name);
}

/* What siginfo and timer_getoverrun(2) say is of the signal that was taken last,
 * and counts what expired while it waited. */
static void test_overrun(void)
{
	struct itimerspec every_10_ms = { { 0, 10 * MS }, { 0, 10 * MS } };
	struct timespec second = { 1, 0 };
	sigset_t alarm = SIGNAL_BIT(SIGALRM);
	siginfo_t info = { .si_overrun = 0 };
	int id;

	call_rt_sigprocmask(SIG_BLOCK, &alarm, NULL);
	syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id);
	syscall(SYS_timer_settime, id, 0, &every_10_ms, NULL);
	sleep_ms(100);
	is(syscall(SYS_timer_getoverrun, id), 0, "no signal was taken yet");
	syscall(SYS_rt_sigtimedwait, &alarm, &info, &second, sizeof(alarm));
	ok(info.si_overrun >= 8, "si_overrun counts what came while it waited");
	is(syscall(SYS_timer_getoverrun, id), info.si_overrun,
	   "timer_getoverrun says the same");
	sleep_ms(30);
	is(syscall(SYS_timer_getoverrun, id), info.si_overrun,
	   "and still does while the next one waits");
	syscall(SYS_timer_settime, id, 0, &every_10_ms, NULL);
	is(syscall(SYS_timer_getoverrun, id), 0, "a timer set anew has none");
	syscall(SYS_timer_delete, id);
	second.tv_sec = 0;
	syscall(SYS_rt_sigtimedwait, &alarm, NULL, &second, sizeof(alarm));
	call_rt_sigprocmask(SIG_UNBLOCK, &alarm, NULL);
}

/* An interval beyond all times; more expiries than an int can count. */
static void test_extremes(void)
{
	struct itimerspec far = { { INT64_MAX, 0 }, { 0, MS } }, left;
	struct itimerspec past = { { 0, 1 }, { 0, 1 } };
	struct timespec second = { 1, 0 };
	sigset_t alarm = SIGNAL_BIT(SIGALRM);
	struct itimerval long_time = { { INT64_MAX / 1000000, 0 },
				       { 0, 1000 } };
	siginfo_t info = { .si_overrun = 0 };
	int id;

	count = 0;
	syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id);
	is(syscall(SYS_timer_settime, id, 0, &far, NULL), 0,
	   "once, and then "
	   "never");
	sleep_ms(30);
	is(count, 1, "once");
	syscall(SYS_timer_gettime, id, &left);
	ok(left.it_value.tv_sec > 1000000, "the next time is far away");
	syscall(SYS_timer_delete, id);

	count = 0;
	syscall(SYS_setitimer, ITIMER_REAL, &long_time, NULL);
	sleep_ms(30);
	is(count, 1, "setitimer: once, and then never");
	long_time = every(0, 0);
	syscall(SYS_setitimer, ITIMER_REAL, &long_time, NULL);

	call_rt_sigprocmask(SIG_BLOCK, &alarm, NULL);
	syscall(SYS_timer_create, CLOCK_REALTIME, NULL, &id);
	syscall(SYS_timer_settime, id, TIMER_ABSTIME, &past, NULL);
	is(syscall(SYS_rt_sigtimedwait, &alarm, &info, &second, sizeof(alarm)),
	   SIGALRM, "every nanosecond since 1970");
	is(info.si_overrun, INT32_MAX, "overruns are counted to INT_MAX");
	is(syscall(SYS_timer_getoverrun, id), INT32_MAX, "and told so");
	syscall(SYS_timer_delete, id);
	second.tv_sec = 0;
	syscall(SYS_rt_sigtimedwait, &alarm, NULL, &second, sizeof(alarm));
	call_rt_sigprocmask(SIG_UNBLOCK, &alarm, NULL);
}

static void test_silent(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	struct itimerspec spec = { { 0, 0 }, { 0, 10 * MS } };
	int id;

	syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id);
	syscall(SYS_timer_settime, id, 0, &spec, NULL);
	syscall(SYS_timer_gettime, id, &spec);
	ok(spec.it_value.tv_nsec <= 10 * MS, "SIGEV_NONE: what is left");
	sleep_ms(20);
	syscall(SYS_timer_gettime, id, &spec);
	ok(!spec.it_value.tv_sec && !spec.it_value.tv_nsec,
	   "SIGEV_NONE: nothing is left");
	syscall(SYS_timer_delete, id);
}

/* ---- CPU time by a number ------------------------------------------------------ */

static int cpu_clock(long number, int kind)
{
	return (int)(~(unsigned)number << 3 | (unsigned)kind);
}

static long cpu_clock_ns(int clock)
{
	struct timespec time;
	long error = syscall(SYS_clock_gettime, clock, &time);

	return error ? error : time.tv_sec * 1000 * MS + time.tv_nsec;
}

/* Clocks as glibc makes them: see clock_getcpuclockid(3). */
static void test_cpu_clocks(void)
{
	int own = cpu_clock(call_getpid(), 2), thread = own | 4;
	int parent = cpu_clock(call_getppid(), 2), none = cpu_clock(4000000, 2);
	long before = cpu_clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	ok(cpu_clock_ns(own) >= before, "a process's clock by its number");
	ok(cpu_clock_ns(cpu_clock(0, 2)) >= before, "0 is the caller's own");
	ok(cpu_clock_ns(own & ~3) >= 0, "all of its time, by ticks");
	ok(cpu_clock_ns((own & ~3) | 1) >= 0, "that in ring 3");
	before = cpu_clock_ns(CLOCK_THREAD_CPUTIME_ID);
	ok(cpu_clock_ns(thread) >= before, "a thread's clock by its number");
	ok(cpu_clock_ns(cpu_clock(0, 6)) >= before, "0 is the caller's own");
	ok(cpu_clock_ns(parent) >= 0, "another process's clock");
	is(cpu_clock_ns(parent | 4), -EINVAL, "but not another's thread's");
	is(cpu_clock_ns(none), -EINVAL, "no such process");
	is(cpu_clock_ns(own | 3), -EINVAL, "no such kind");
	is(syscall(SYS_clock_getres, parent, NULL), 0, "it has a resolution");
	is(syscall(SYS_clock_getres, none, NULL), -EINVAL,
	   "what there is not has none");
}

static void test_cpu_timer(int clock, const char *name)
{
	struct itimerspec spec = { .it_value = { 0, 40 * MS } };
	long before;
	int id = -1;

	count = 0;
	is(syscall(SYS_timer_create, clock, NULL, &id), 0, "%s", name);
	before = cpu_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	syscall(SYS_timer_settime, id, 0, &spec, NULL);
	sleep_ms(60);
	ok(count == 0 ||
		   cpu_clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before >= 40 * MS,
	   "%s: sleep does not count", name);
	while (!count)
		;
	ok(cpu_clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before >= 36 * MS,
	   "%s: running does", name);
	syscall(SYS_timer_delete, id);
}

static void test_made_errors(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = 65 };
	struct itimerspec spec = { .it_value = { 0, 1000000000 } };
	int id;

	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), -EINVAL,
	   "no such signal");
	event.sigev_signo = SIGALRM;
	event.sigev_notify = 9;
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), -EINVAL,
	   "no such way to tell");
	event.sigev_notify = SIGEV_THREAD_ID;
	event._sigev_un._tid = 1;
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), -EINVAL,
	   "somebody else's thread");
	is(syscall(SYS_timer_create, 99, NULL, &id), -EINVAL, "no such clock");
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, NULL, &id),
	   -EOPNOTSUPP, "a clock without timers");
	is(syscall(SYS_timer_create, CLOCK_REALTIME_COARSE, NULL, &id),
	   -EOPNOTSUPP, "nor has a coarse one any");
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, 8), -EFAULT,
	   "its number goes nowhere");
	event.sigev_notify = SIGEV_NONE;
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), 0,
	   "SIGEV_NONE");
	is(syscall(SYS_timer_settime, id, 0, &spec, NULL), -EINVAL,
	   "a second of nanoseconds");
	is(syscall(SYS_timer_settime, id, 0, NULL, NULL), -EINVAL, "no time");
	syscall(SYS_timer_delete, id);
}

static void test_absolute(void)
{
	static const int clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC };

	for (int i = 0; i < 2; i++) {
		struct itimerspec spec = { .it_interval = { 0, 0 } };
		struct timespec now;
		int id;

		syscall(SYS_timer_create, clocks[i], NULL, &id);
		clock_gettime(clocks[i], &spec.it_value);
		spec.it_value.tv_nsec += 30 * MS;
		if (spec.it_value.tv_nsec >= 1000000000) {
			spec.it_value.tv_nsec -= 1000000000;
			spec.it_value.tv_sec++;
		}
		count = 0;
		syscall(SYS_timer_settime, id, TIMER_ABSTIME, &spec, NULL);
		while (!count)
			sleep_ms(1);
		clock_gettime(clocks[i], &now);
		ok(now.tv_sec > spec.it_value.tv_sec ||
			   (now.tv_sec == spec.it_value.tv_sec &&
			    now.tv_nsec >= spec.it_value.tv_nsec),
		   "clock %d: not before its time", clocks[i]);
		spec.it_value = (struct timespec){ 0, 1 };
		count = 0;
		syscall(SYS_timer_settime, id, TIMER_ABSTIME, &spec, NULL);
		for (int ms = 0; !count && ms < 10000; ms++)
			sleep_ms(1);
		is(count, 1, "clock %d: at once for a time that has passed",
		   clocks[i]);
		syscall(SYS_timer_delete, id);
	}
}

/* ---- fork ---------------------------------------------------------------------- */

static int nothing_left(void *arg)
{
	struct itimerval timer;
	int id = *(int *)arg;

	syscall(SYS_getitimer, ITIMER_REAL, &timer);
	if (timer.it_value.tv_sec || timer.it_value.tv_usec)
		return 1;
	return syscall(SYS_timer_gettime, id, &timer) == -EINVAL ? 0 : 2;
}

static int dies_of_alarm(void *arg)
{
	struct itimerval timer = every(20, 0);

	(void)arg;
	signal_plain(SIGALRM, SIG_DFL);
	syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL);
	sleep_ms(10000);
	return 1;
}

static int exits_with_timers(void *arg)
{
	struct itimerval timer = every(1, 1);
	struct itimerspec spec = { { 0, MS }, { 0, MS } };
	int id;

	(void)arg;
	syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL);
	for (int i = 0; i < 20; i++) {
		syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id);
		syscall(SYS_timer_settime, id, 0, &spec, NULL);
	}
	return 0;
}

static void test_fork(void)
{
	int id;

	syscall(SYS_alarm, 1000);
	syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id);
	child_exits(nothing_left, &id, 0, "a child has no timers");
	syscall(SYS_alarm, 0);
	syscall(SYS_timer_delete, id);
	child_dies(dies_of_alarm, NULL, SIGALRM, "SIGALRM kills");
	for (int i = 0; i < 20; i++)
		in_child(exits_with_timers, NULL);
	ok(true, "processes that end with timers running");
}

int main(void)
{
	signal_set(SIGALRM, on_signal, 0);
	test_alarm();
	test_real();
	test_errors();
	test_cpu(ITIMER_VIRTUAL, SIGVTALRM, "ITIMER_VIRTUAL");
	test_cpu(ITIMER_PROF, SIGPROF, "ITIMER_PROF");
	test_made();
	test_storm();
	test_storms(SIGEV_SIGNAL, "2048 timers of 1 ns");
	test_storms(SIGEV_NONE, "2048 silent ones");
	test_overrun();
	test_extremes();
	test_silent();
	test_cpu_clocks();
	test_cpu_timer(CLOCK_PROCESS_CPUTIME_ID, "a process's CPU time");
	test_cpu_timer(CLOCK_THREAD_CPUTIME_ID, "a thread's CPU time");
	test_cpu_timer(cpu_clock(call_getpid(), 2), "its own by number");
	test_made_errors();
	test_absolute();
	test_fork();
	return tap_done();
}
