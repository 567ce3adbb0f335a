/* needs: threads */
/*
 * Futexes and threads: who sleeps, who is woken, by whom and when; errors; the
 * robust list of a thread that dies.
 */
/* needs: threads */
#include "kernel/abi/errno.h"
#include "kernel/abi/futex.h"
#include "tests/guest/thread.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"
#include "user/lib/vsyscall.h"

#define PRIVATE FUTEX_PRIVATE_FLAG
#define MS      1000000l

static long futex(void *word, int operation, long value, const void *timeout,
		  void *second, long value3)
{
	return syscall(SYS_futex, word, operation, value, timeout, second,
		       value3);
}

static void sleep_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * MS };

	call_nanosleep(&time, NULL);
}

static int64_t now_ns(int clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct timespec in_ms(int clock, long ms)
{
	int64_t then = now_ns(clock) + ms * MS;

	return (struct timespec){ then / 1000000000, then % 1000000000 };
}

/* ---- Errors ------------------------------------------------------------------- */

static void test_errors(void)
{
	struct timespec bad = { 0, 1000000000 }, none = { 0, 0 };
	uint32_t word = 5, second = 0;
	char *edge;

	is(futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0), -EAGAIN,
	   "wait for another value");
	is(futex((char *)&word + 1, FUTEX_WAIT, 5, NULL, NULL, 0), -EINVAL,
	   "wait at an odd address");
	is(futex((char *)&word + 2, FUTEX_WAKE | PRIVATE, 1, NULL, NULL, 0),
	   -EINVAL, "wake at an odd address");
	is(futex(NULL, FUTEX_WAIT, 0, NULL, NULL, 0), -EFAULT, "wait at 0");
	is(futex(NULL, FUTEX_WAKE, 1, NULL, NULL, 0), -EFAULT,
	   "wake at 0, shared");
	is(futex((void *)0x10, FUTEX_WAKE | PRIVATE, 1, NULL, NULL, 0), 0,
	   "wake at an address without memory, private");
	is(futex((void *)-4096l, FUTEX_WAIT | PRIVATE, 0, NULL, NULL, 0),
	   -EFAULT, "wait in the kernel's half");
	is(futex((void *)0x800000000000, FUTEX_WAKE | PRIVATE, 0, NULL, NULL,
		 0),
	   -EFAULT, "wake in no half");
	is(futex(&word, FUTEX_WAIT, 5, &bad, NULL, 0), -EINVAL,
	   "a second of nanoseconds");
	is(futex(&word, FUTEX_WAIT, 5, (void *)8, NULL, 0), -EFAULT,
	   "a timeout that is nowhere");
	is(futex(&word, FUTEX_WAIT, 5, &none, NULL, 0), -ETIMEDOUT,
	   "no time at all");
	is(futex(&word, FUTEX_WAIT_BITSET, 5, NULL, NULL, 0), -EINVAL,
	   "wait for no bit");
	is(futex(&word, FUTEX_WAKE_BITSET, 5, NULL, NULL, 0), -EINVAL,
	   "wake by no bit");
	is(futex(&word, FUTEX_REQUEUE, -1, NULL, &second, 0), -EINVAL,
	   "requeue less than none");
	is(futex(&word, FUTEX_CMP_REQUEUE, 1, NULL, &second, 4), -EAGAIN,
	   "requeue for another value");
	is(futex(&word, 77, 0, NULL, NULL, 0), -ENOSYS, "no such operation");
	is(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 0, "nobody to wake");
	edge = call_mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);
	is(futex(edge, FUTEX_WAIT | PRIVATE, 1, NULL, NULL, 0), -EAGAIN,
	   "a word that can only be read");
	call_munmap(edge, 4096);
}

static void test_timeouts(void)
{
	struct timespec time = { 0, 30 * MS };
	uint32_t word = 0;
	int64_t before = now_ns(CLOCK_MONOTONIC);

	is(futex(&word, FUTEX_WAIT, 0, &time, NULL, 0), -ETIMEDOUT,
	   "a duration");
	ok(now_ns(CLOCK_MONOTONIC) - before >= 30 * MS, "of 30 ms at least");
	before = now_ns(CLOCK_MONOTONIC);
	time = in_ms(CLOCK_MONOTONIC, 30);
	is(futex(&word, FUTEX_WAIT_BITSET, 0, &time, NULL, -1), -ETIMEDOUT,
	   "a time of CLOCK_MONOTONIC");
	ok(now_ns(CLOCK_MONOTONIC) - before >= 30 * MS, "not before it");
	time = in_ms(CLOCK_REALTIME, 30);
	is(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &time,
		 NULL, -1),
	   -ETIMEDOUT, "a time of CLOCK_REALTIME");
	ok(now_ns(CLOCK_REALTIME) >= time.tv_sec * 1000000000 + time.tv_nsec,
	   "not before it");
	time = (struct timespec){ 1, 0 };
	is(futex(&word, FUTEX_WAIT_BITSET, 0, &time, NULL, -1), -ETIMEDOUT,
	   "a time long ago");
}

/* ---- Sleepers ----------------------------------------------------------------- */

#define SLEEPERS 4

static struct thread threads[SLEEPERS];
static uint32_t word, other;
static uint32_t asleep, awake;
static long results[SLEEPERS];

static void sleeper(void *arg)
{
	long i = (long)arg;

	__atomic_fetch_add(&asleep, 1, __ATOMIC_SEQ_CST);
	results[i] = futex(&word, FUTEX_WAIT_BITSET | PRIVATE, 0, NULL, NULL,
			   1l << i);
	__atomic_fetch_add(&awake, 1, __ATOMIC_SEQ_CST);
}

/* Starts them, and gives them the time to fall asleep. */
static void start_sleepers(void)
{
	asleep = awake = 0;
	for (long i = 0; i < SLEEPERS; i++)
		thread_start(&threads[i], sleeper, (void *)i);
	while (__atomic_load_n(&asleep, __ATOMIC_SEQ_CST) < SLEEPERS)
		call_sched_yield();
	sleep_ms(30);
}

static void join_sleepers(void)
{
	for (int i = 0; i < SLEEPERS; i++)
		thread_join(&threads[i]);
}

static void test_wake(void)
{
	start_sleepers();
	is(awake, 0, "four threads sleep");
	is(futex(&word, FUTEX_WAKE | PRIVATE, 1, NULL, NULL, 0), 1, "wake one");
	sleep_ms(20);
	is(awake, 1, "one is awake");
	is(futex(&word, FUTEX_WAKE_BITSET | PRIVATE, 10, NULL, NULL, 8), 1,
	   "wake by the bit of the last");
	thread_join(&threads[3]);
	is(results[3], 0, "it was woken");
	is(futex(&word, FUTEX_WAKE_BITSET | PRIVATE, 10, NULL, NULL, 8), 0,
	   "nobody else has that bit");
	is(futex(&word, FUTEX_WAKE | PRIVATE, 10, NULL, NULL, 0), 2,
	   "wake the others");
	join_sleepers();
	is(awake, 4, "all are awake");
}

static void test_requeue(void)
{
	start_sleepers();
	is(futex(&word, FUTEX_CMP_REQUEUE | PRIVATE, 1, (void *)2, &other, 0),
	   3, "one woken and two moved");
	sleep_ms(20);
	is(awake, 1, "one is awake");
	is(futex(&other, FUTEX_WAKE | PRIVATE, 10, NULL, NULL, 0), 2,
	   "two wait elsewhere");
	is(futex(&word, FUTEX_WAKE | PRIVATE, 10, NULL, NULL, 0), 1,
	   "one where it was");
	join_sleepers();
	start_sleepers();
	is(futex(&word, FUTEX_REQUEUE | PRIVATE, 0, (void *)100, &other, 0), 4,
	   "all moved, none woken");
	is(futex(&other, FUTEX_WAKE | PRIVATE, 100, NULL, NULL, 0), 4,
	   "all wait elsewhere");
	join_sleepers();
}

/* ---- Shared memory ------------------------------------------------------------- */

static int wait_shared(void *shared)
{
	struct timespec time = { 5, 0 };

	return futex(shared, FUTEX_WAIT, 0, &time, NULL, 0) == 0 ? 3 : 4;
}

static void test_shared(void)
{
	uint32_t *page = call_mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0, tries = 0;
	long pid = call_fork();

	if (pid == 0)
		call_exit_group(wait_shared(page));
	while (futex(page, FUTEX_WAKE, 1, NULL, NULL, 0) == 0 && tries++ < 500)
		sleep_ms(2);
	call_wait4((int)pid, &status, 0, NULL);
	is(status, EXITED(3), "another process, by shared memory");

	page[1] = 0;
	pid = call_fork();
	if (pid == 0) {
		struct timespec time = { 0, 50 * MS };

		call_exit_group(futex(page + 1, FUTEX_WAIT | PRIVATE, 0, &time,
				      NULL, 0) == -ETIMEDOUT
					? 5
					: 6);
	}
	sleep_ms(10);
	futex(page + 1, FUTEX_WAKE | PRIVATE, 1, NULL, NULL, 0);
	call_wait4((int)pid, &status, 0, NULL);
	is(status, EXITED(5), "but not if it is said to be private");
	call_munmap(page, 4096);
}

/* ---- Signals ------------------------------------------------------------------- */

static void on_signal(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
}

static uint32_t killer_done;

static void killer(void *arg)
{
	sleep_ms(30);
	syscall(SYS_tgkill, call_getpid(), (long)arg, SIGUSR1);
	sleep_ms(30);
	__atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
	killer_done = 1;
	futex(&word, FUTEX_WAKE | PRIVATE, 1, NULL, NULL, 0);
}

static void test_signals(void)
{
	long tid = syscall(SYS_gettid);
	struct timespec time = { 5, 0 };

	signal_set(SIGUSR1, on_signal, 0);
	word = 0;
	thread_start(&threads[0], killer, (void *)tid);
	is(futex(&word, FUTEX_WAIT | PRIVATE, 0, NULL, NULL, 0), -EINTR,
	   "a handler interrupts");
	thread_join(&threads[0]);
	word = 0;
	killer_done = 0;
	signal_set(SIGUSR1, on_signal, SA_RESTART);
	thread_start(&threads[0], killer, (void *)tid);
	is(futex(&word, FUTEX_WAIT | PRIVATE, 0, NULL, NULL, 0), 0,
	   "one with SA_RESTART does not");
	is(killer_done, 1, "until woken");
	thread_join(&threads[0]);
	word = 0;
	thread_start(&threads[0], killer, (void *)tid);
	is(futex(&word, FUTEX_WAIT | PRIVATE, 0, &time, NULL, 0), -EINTR,
	   "a wait with an end is never begun anew");
	thread_join(&threads[0]);
	word = 0;
	time.tv_sec = INT64_MAX;
	thread_start(&threads[0], killer, (void *)tid);
	is(futex(&word, FUTEX_WAIT | PRIVATE, 0, &time, NULL, 0), -EINTR,
	   "however far away that is");
	thread_join(&threads[0]);
}

/* ---- Robust lists -------------------------------------------------------------- */

struct mutex {
	struct robust_list node;
	uint32_t word;
};

static struct mutex robust = { .word = 0 };
static struct robust_list_head robust_head;

static void die_with_mutex(void *arg)
{
	uint32_t tid = (uint32_t)syscall(SYS_gettid);

	(void)arg;
	robust_head.list.next = (uint64_t)&robust.node;
	robust_head.futex_offset = offsetof(struct mutex, word);
	robust_head.list_op_pending = 0;
	robust.node.next = (uint64_t)&robust_head.list;
	syscall(SYS_set_robust_list, &robust_head, sizeof(robust_head));
	robust.word = tid | FUTEX_WAITERS;
	sleep_ms(30);
}

static void die_with_nonsense(void *arg)
{
	robust_head.list.next = (uint64_t)arg;
	robust_head.futex_offset = (int64_t)arg;
	robust_head.list_op_pending = (uint64_t)arg + 8;
	syscall(SYS_set_robust_list, &robust_head, sizeof(robust_head));
}

static void test_robust(void)
{
	struct robust_list_head *head = NULL;
	size_t size = 0;
	struct timespec time = { 5, 0 };
	uint32_t seen;

	is(syscall(SYS_set_robust_list, &robust_head, 8), -EINVAL,
	   "set_robust_list of another size");
	thread_start(&threads[0], die_with_mutex, NULL);
	while (!(seen = __atomic_load_n(&robust.word, __ATOMIC_SEQ_CST)))
		call_sched_yield();
	is(futex(&robust.word, FUTEX_WAIT, seen, &time, NULL, 0), 0,
	   "a dying owner wakes who waits for it");
	is(robust.word, FUTEX_WAITERS | FUTEX_OWNER_DIED, "and says so");
	thread_join(&threads[0]);
	is(syscall(SYS_get_robust_list, 0, &head, &size), 0, "get_robust_list");
	is(size, sizeof(robust_head), "its size");
	for (uint64_t evil = 1; evil; evil <<= 9) {
		thread_start(&threads[0], die_with_nonsense, (void *)evil);
		thread_join(&threads[0]);
	}
	thread_start(&threads[0], die_with_nonsense,
		     (void *)0xffffffff80100000);
	thread_join(&threads[0]);
	ok(true, "a list of nonsense harms nobody");
}

/* ---- Threads ------------------------------------------------------------------- */

static uint32_t lock_word, counter;

/* Drepper's second mutex: 0 free, 1 held, 2 held and waited for. */
static void lock(void)
{
	uint32_t c = 0;

	if (__atomic_compare_exchange_n(&lock_word, &c, 1, 0, __ATOMIC_SEQ_CST,
					__ATOMIC_SEQ_CST))
		return;
	while (__atomic_exchange_n(&lock_word, 2, __ATOMIC_SEQ_CST))
		futex(&lock_word, FUTEX_WAIT | PRIVATE, 2, NULL, NULL, 0);
}

static void unlock(void)
{
	if (__atomic_exchange_n(&lock_word, 0, __ATOMIC_SEQ_CST) == 2)
		futex(&lock_word, FUTEX_WAKE | PRIVATE, 1, NULL, NULL, 0);
}

static void count_up(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2000; i++) {
		lock();
		counter++;
		if (i % 100 == 0)
			call_sched_yield(); /* while it is held */
		unlock();
	}
}

static void test_mutex(void)
{
	for (int i = 0; i < SLEEPERS; i++)
		ok(thread_start(&threads[i], count_up, NULL) > 0,
		   "thread %d starts", i);
	join_sleepers();
	is(counter, SLEEPERS * 2000, "nothing is lost under a mutex");
}

int main(void)
{
	test_errors();
	test_timeouts();
	test_wake();
	test_requeue();
	test_shared();
	test_signals();
	test_robust();
	test_mutex();
	return tap_done();
}
