/*
 * POSIX threads of a C library: mutexes, condition variables, barriers,
 * semaphores, read-write locks, thread-local storage, cancellation, keys,
 * once, robust mutexes, fork from a thread, many threads.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MANY 64

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static __thread long local = 5;
static long sum;
static int turn;

static void *add(void *arg)
{
	local += (long)arg;
	for (int i = 0; i < 20000; i++) {
		pthread_mutex_lock(&mutex);
		sum++;
		pthread_mutex_unlock(&mutex);
	}
	return (void *)local;
}

static void test_mutex(void)
{
	pthread_t threads[4];
	void *result;

	for (long i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, add, (void *)i);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &result);
		printf("thread-local %ld\n", (long)result);
	}
	printf("sum %ld, ours %ld\n", sum, local);
}

/* Waits for its turn, and passes it on. */
static void take_turns(int mine, int next)
{
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != mine)
			pthread_cond_wait(&condition, &mutex);
		turn = next;
		pthread_cond_broadcast(&condition);
		pthread_mutex_unlock(&mutex);
	}
}

static void *pong(void *arg)
{
	take_turns(1, 0);
	return arg;
}

static void test_condition(void)
{
	struct timespec end;
	pthread_t thread;
	int error;

	pthread_create(&thread, NULL, pong, NULL);
	take_turns(0, 1);
	pthread_join(thread, NULL);
	printf("a thousand times there and back\n");
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += 50000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&mutex);
	error = pthread_cond_timedwait(&condition, &mutex, &end);
	pthread_mutex_unlock(&mutex);
	printf("timedwait: ETIMEDOUT %d\n", error == ETIMEDOUT);
}

static void cleanup(void *arg)
{
	printf("cleaned up %s\n", (char *)arg);
}

static sem_t asleep;

static void *sleep_for_ever(void *arg)
{
	pthread_cleanup_push(cleanup, arg);
	sem_post(&asleep);
	for (;;)
		sleep(100);
	pthread_cleanup_pop(0);
	return NULL;
}

static void test_cancel(void)
{
	pthread_t thread;
	void *result;

	sem_init(&asleep, 0, 0);
	pthread_create(&thread, NULL, sleep_for_ever, "a sleeper");
	sem_wait(&asleep);
	usleep(10000);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	printf("cancelled %d\n", result == PTHREAD_CANCELED);
}

static pthread_barrier_t barrier;
static int serial, passed;

static void *meet(void *arg)
{
	if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
		__atomic_fetch_add(&serial, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&passed, 1, __ATOMIC_SEQ_CST);
	return arg;
}

static void test_barrier(void)
{
	pthread_t threads[MANY];

	pthread_barrier_init(&barrier, NULL, MANY);
	for (int i = 0; i < MANY; i++)
		pthread_create(&threads[i], NULL, meet, NULL);
	for (int i = 0; i < MANY; i++)
		pthread_join(threads[i], NULL);
	printf("barrier: %d passed, %d of them serial\n", passed, serial);
}

static void *fork_here(void *arg)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(9);
	waitpid(pid, &status, 0);
	*(int *)arg = WEXITSTATUS(status);
	return NULL;
}

static void test_fork(void)
{
	pthread_t thread;
	int status = 0;

	pthread_create(&thread, NULL, fork_here, &status);
	pthread_join(thread, NULL);
	printf("forked in a thread: %d\n", status);
}

static void *lock_and_die(void *arg)
{
	pthread_mutex_lock(arg);
	return NULL;
}

static void test_robust(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t robust;
	pthread_t thread;
	int error;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attributes);
	pthread_create(&thread, NULL, lock_and_die, &robust);
	pthread_join(thread, NULL);
	error = pthread_mutex_lock(&robust);
	printf("robust: EOWNERDEAD %d\n", error == EOWNERDEAD);
	pthread_mutex_consistent(&robust);
	printf("unlock %d\n", pthread_mutex_unlock(&robust));
}

static void test_semaphore(void)
{
	struct timespec past = { 1, 0 };
	sem_t semaphore;
	int value;

	sem_init(&semaphore, 0, 2);
	sem_wait(&semaphore);
	sem_wait(&semaphore);
	printf("trywait %d %d\n", sem_trywait(&semaphore), errno == EAGAIN);
	printf("timedwait %d %d\n", sem_timedwait(&semaphore, &past),
	       errno == ETIMEDOUT);
	sem_post(&semaphore);
	sem_getvalue(&semaphore, &value);
	printf("value %d\n", value);
}

static void test_rwlock(void)
{
	pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

	pthread_rwlock_rdlock(&lock);
	printf("read twice %d\n", pthread_rwlock_tryrdlock(&lock));
	printf("write EBUSY %d\n", pthread_rwlock_trywrlock(&lock) == EBUSY);
	pthread_rwlock_unlock(&lock);
	pthread_rwlock_unlock(&lock);
	printf("write %d\n", pthread_rwlock_trywrlock(&lock));
}

static void destroy(void *value)
{
	printf("key destroyed: %s\n", (char *)value);
}

static pthread_key_t key;

static void *use_key(void *arg)
{
	pthread_setspecific(key, arg);
	return pthread_getspecific(key);
}

static void on_signal(int signo)
{
	static const char text[] = "a signal to a thread\n";

	(void)signo;
	(void)!write(1, text, sizeof(text) - 1);
}

/* The signal is blocked until then: one that comes before is not lost. */
static void *wait_for_signal(void *arg)
{
	sigset_t none;

	sigemptyset(&none);
	sigsuspend(&none);
	return arg;
}

static void test_rest(void)
{
	pthread_t thread;
	sigset_t set;

	pthread_key_create(&key, destroy);
	pthread_create(&thread, NULL, use_key, "its value");
	pthread_join(thread, NULL);
	fflush(stdout);
	signal(SIGUSR1, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_create(&thread, NULL, wait_for_signal, NULL);
	usleep(20000);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
}

int main(void)
{
	test_mutex();
	test_condition();
	test_cancel();
	test_barrier();
	test_fork();
	test_robust();
	test_semaphore();
	test_rwlock();
	test_rest();
	return 0;
}
