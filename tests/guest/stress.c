/*
 * Everything at once, on several CPUs: workers that fork, exec, map, write to
 * shared pages, pipe, signal and die at random. Afterwards no child is lost,
 * no zombie left, and as much memory free as before.
 *
 *	stress [SEED [ROUNDS]]		both are printed
 *
 * tools/run: -smp 4 */
/* needs: threads smp */
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/abi/wait.h"
#include "tests/guest/random.h"
#include "user/lib/file.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define WORKERS 8
#define ROUNDS  60
#define PAGES   32
#define PAGE    4096

/* Kilobytes of spare kernel stacks and slabs; a page lost in each round would
 * be six times that. */
#define KEPT 300

static const char *self;

static unsigned below(unsigned limit)
{
	return random_number() % limit;
}

/* ---- What a worker does; false: the kernel did something wrong ------------- */

static int child_of(int (*function)(void *), void *arg)
{
	int pid = call_fork();

	if (pid == 0)
		exit(function(arg));
	return pid;
}

static bool child_gives(int pid, int status)
{
	int seen;

	return pid > 0 && call_wait4(pid, &seen, 0, NULL) == pid &&
	       (seen & ~0x80) == status;
}

static int exit_with(void *arg)
{
	return (int)(long)arg;
}

static bool fork_and_exit(void)
{
	long code = below(256);

	return child_gives(child_of(exit_with, (void *)code), EXITED(code));
}

static int execute(void *arg)
{
	char *const argv[] = { (char *)self, "child", NULL };

	(void)arg;
	call_execve(self, argv, environ);
	return 1;
}

static bool fork_and_exec(void)
{
	return child_gives(child_of(execute, NULL), EXITED(77));
}

static int sleep_for_ever(void *arg)
{
	const struct timespec day = { 86400, 0 };

	(void)arg;
	while (call_nanosleep(&day, NULL) == 0)
		;
	return 1;
}

static bool fork_and_kill(void)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGSEGV, SIGUSR1 };
	int signal = signals[below(4)];
	int pid = child_of(sleep_for_ever, NULL);

	for (unsigned i = below(3); i; i--)
		call_sched_yield();
	return pid > 0 && call_kill(pid, signal) == 0 &&
	       child_gives(pid, KILLED(signal));
}

/* A child writes half of the pages; ours must stay as they are. */
static int scribble(void *pages)
{
	for (unsigned i = 0; i < PAGES; i += 2)
		memset((char *)pages + i * PAGE, 0xff, PAGE);
	for (unsigned i = 0; i < PAGES; i++)
		if (((uint8_t *)pages)[i * PAGE + 5] != (i % 2 ? i : 0xff))
			return 1;
	return 0;
}

static bool copy_on_write(void)
{
	uint8_t *pages = call_mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool good = (long)pages > 0;
	int pid;

	for (unsigned i = 0; good && i < PAGES; i++) {
		good = pages[i * PAGE] == 0 && pages[i * PAGE + PAGE - 1] == 0;
		memset(pages + i * PAGE, (int)i, PAGE);
	}
	pid = good ? child_of(scribble, pages) : -1;
	for (unsigned i = 0; good && i < PAGES; i += 3)
		pages[i * PAGE] = 0xaa;
	good = good && child_gives(pid, EXITED(0));
	for (unsigned i = 0; good && i < PAGES; i++)
		good = pages[i * PAGE] == (i % 3 ? i : 0xaa) &&
		       pages[i * PAGE + 9] == i;
	return call_munmap(pages, PAGES * PAGE) == 0 && good;
}

/* Two children, one pipe, a sum. */
static int write_numbers(void *fds)
{
	uint32_t numbers[256];

	for (uint32_t i = 0; i < 256; i++)
		numbers[i] = i;
	for (int i = 0; i < 40; i++)
		if (call_write(((int *)fds)[1], numbers, sizeof(numbers)) !=
		    sizeof(numbers))
			return 1;
	return 0;
}

static bool pipe_numbers(void)
{
	uint64_t sum = 0;
	uint32_t numbers[64];
	int fds[2], pid;
	long size;

	if (call_pipe2(fds, 0))
		return false;
	pid = child_of(write_numbers, fds);
	call_close(fds[1]);
	while ((size = call_read(fds[0], numbers, sizeof(numbers))) > 0)
		for (long i = 0; i < size / 4; i++)
			sum += numbers[i];
	call_close(fds[0]);
	return size == 0 && child_gives(pid, EXITED(0)) &&
	       sum == 40 * 255 * 256 / 2;
}

static bool files(void)
{
	char path[] = "/tmp/stress-0000000", text[64];
	long number = call_getpid(), fd;

	for (int i = 0; i < 7; i++, number /= 10)
		path[18 - i] = (char)('0' + number % 10);
	fd = call_open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return false;
	return call_write(fd, path, sizeof(path)) == sizeof(path) &&
	       call_pread64(fd, text, sizeof(text), 0) == sizeof(path) &&
	       !strcmp(text, path) && call_close(fd) == 0 &&
	       call_unlink(path) == 0;
}

static bool (*const jobs[])(void) = {
	fork_and_exit, fork_and_exec, fork_and_kill,
	copy_on_write, pipe_numbers,  files,
};

#define JOBS (sizeof(jobs) / sizeof(jobs[0]))

struct work {
	uint64_t seed;
	long rounds;
};

/* Its exit status: 0, or 1 + the job that went wrong. */
static int work(void *arg)
{
	const struct work *w = arg;

	random_state = w->seed;
	for (long i = 0; i < w->rounds; i++) {
		unsigned job = below(JOBS);

		if (!jobs[job]())
			return 1 + (int)job;
	}
	return call_wait4(-1, NULL, 0, NULL) == -ECHILD ? 0 : 100;
}

/* ---- The test -------------------------------------------------------------- */

/* Kilobytes that are free, or would be: /proc/meminfo. */
static long free_memory(void)
{
	static const char *const keys[] = { "MemFree:", "Cached:" };
	static char text[4096];
	long fd = call_open("/proc/meminfo", O_RDONLY, 0), sum = 0;
	long size = call_read(fd, text, sizeof(text) - 1);

	call_close(fd);
	text[size > 0 ? size : 0] = '\0';
	for (int i = 0; i < 2; i++) {
		char *at = strstr(text, keys[i]);

		for (at += strlen(keys[i]); *at == ' '; at++)
			;
		for (long n = 0;; at++) {
			if (*at < '0' || *at > '9') {
				sum += n;
				break;
			}
			n = n * 10 + *at - '0';
		}
	}
	return sum;
}

static void run_workers(uint64_t seed, long rounds)
{
	int pids[WORKERS], status;

	for (int i = 0; i < WORKERS; i++) {
		struct work w = { seed * WORKERS + i + 1, rounds };

		pids[i] = child_of(work, &w);
	}
	for (int i = 0; i < WORKERS; i++) {
		status = -1;
		call_wait4(pids[i], &status, 0, NULL);
		is(status, EXITED(0), "worker %d", i);
	}
	is(call_wait4(-1, NULL, 0, NULL), -ECHILD, "no child is left");
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? (uint64_t)parse_number(argv[1]) : 666;
	long rounds = argc > 2 ? parse_number(argv[2]) : ROUNDS;
	long before, after;

	self = argv[0];
	if (argc == 2 && !strcmp(argv[1], "child"))
		return 77;
	diag("seed %lu, %ld rounds", seed, rounds);
	run_workers(seed + 1, rounds); /* what is kept for the next time */
	before = free_memory();
	run_workers(seed, rounds);
	after = free_memory();
	if (on_colonel())
		ok(after >= before - KEPT, "memory is free again: %ld, %ld kB",
		   before, after);
	else
		skip("others use memory here", "memory is free again");
	return tap_done();
}
