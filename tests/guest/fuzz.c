/*
 * Random system calls and random instructions, as a user without rights: the
 * kernel answers or kills, and stands. Each round is a process (and what it
 * forks) with a seed of its own, which is printed should anything go wrong.
 *
 *	fuzz [SEED [ROUNDS]]
 *
 * Not for Linux: it kills all processes of its user.
 *
 * tools/run: -smp 2 */
/* needs: users threads procfs */
#include "kernel/abi/errno.h"
#include "kernel/abi/futex.h"
#include "tests/guest/random.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define ROUNDS       100
#define CALLS        400 /* of one round's process */
#define USER         4711
#define PATIENCE     100000000 /* ns: then the round is ended */
#define PAGE         4096
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t below(uint64_t limit)
{
	return (random_number() >> 16) % limit;
}

/* ---- Arguments -------------------------------------------------------------- */

static char *const paths[] = {
	"a",
	"b",
	"d",
	"d/e",
	"/tmp",
	".",
	"..",
	"/",
	"",
	"/dev/null",
	"/dev/zero",
	"/dev/tty",
	"/dev/full",
	"/dev/urandom",
	"/proc/self/maps",
	"/proc/self/mem",
	"/proc/self/exe",
	"/proc/self/fd/3",
	"/proc/self/fd",
	"/proc/1/environ",
	"/bin/busybox",
	"/proc/self/stat",
	"/dev/console",
	"/proc",
	"/dev/shm/x",
	"/proc/timekeeping",
	"/proc/self/cwd/a",
};

static const uint64_t numbers[] = {
	0,          0,         0,         1,          2,
	3,          4,         7,         8,          16,
	24,         32,        64,        100,        128,
	1000,       4095,      4096,      65536,      1 << 20,
	1ul << 31,  1ul << 32, 1ul << 47, 1ul << 63,  -1ul,
	-2ul,       -100ul,    -4096ul,   0x7fffffff, 0x7fffffffffffffff,
	1000000000,
};

static const uint64_t addresses[] = {
	0,
	1,
	8,
	0x1000,
	0x7ffffffff000,
	0x7fffffffffff,
	0x800000000000,
	0xffff800000000000,
	0xffffffff80100000,
	-8ul,
	-1ul,
};

/* Eight pages; around them nothing. */
static char *scratch;

/* Words that a struct may hold. */
static uint64_t word(void)
{
	switch (below(5)) {
	case 0:
		return numbers[below(COUNT(numbers))];
	case 1:
		return (uint64_t)scratch + below(8 * PAGE);
	case 2:
		return below(16);
	case 3:
		return random_number();
	default:
		return 0;
	}
}

static uint64_t pointer(void)
{
	char *place = scratch + below(8 * PAGE / 64) * 64;
	const char *path = paths[below(COUNT(paths))];

	switch (below(8)) {
	case 0:
		return addresses[below(COUNT(addresses))];
	case 1:
		return (uint64_t)scratch + 8 * PAGE - below(100);
	case 2:
	case 3:
		return (uint64_t)path;
	case 4: /* a list of addresses, as of execve */
		for (uint64_t i = 0; i < 4; i++)
			((uint64_t *)place)[i] = i < 3 ? pointer() : 0;
		return (uint64_t)place;
	default:
		for (uint64_t i = 0; i < 4; i++)
			((uint64_t *)place)[i] = word();
		return (uint64_t)place;
	}
}

static uint64_t argument(void)
{
	switch (below(8)) {
	case 0:
	case 1:
	case 2:
		return pointer();
	case 3:
	case 4:
		return below(12); /* a descriptor, an operation, a signal */
	case 5:
		return numbers[below(COUNT(numbers))];
	case 6:
		return 1ul << below(24) | 1ul << below(24); /* flags */
	default:
		return word();
	}
}

/* ---- A round ---------------------------------------------------------------- */

static void open_some(void)
{
	int fds[2];

	for (int i = 0; i < 4; i++)
		call_open(paths[below(COUNT(paths))],
			  (int)below(3) | (below(2) ? O_CREAT : 0) | O_NONBLOCK,
			  0700);
	call_pipe2(fds, O_NONBLOCK);
	syscall(SYS_eventfd2, 1, O_NONBLOCK);
	syscall(SYS_epoll_create1, 0);
}

static void call_something(void)
{
	uint64_t number = below(460);

	syscall(number, argument(), argument(), argument(), argument(),
		argument(), argument());
}

static void run_something(void)
{
	char *code = call_mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < PAGE; i++)
		code[i] = (char)random_number();
	((void (*)(void))code)();
}

static int fuzz(void *seed)
{
	random_state = (uint64_t)seed * 0x9e3779b97f4a7c15 + 1;
	scratch = call_mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	call_chdir("/tmp/fuzz");
	syscall(SYS_setresgid, USER, USER, USER);
	syscall(SYS_setresuid, USER, USER, USER);
	open_some();
	if (below(6) == 0)
		run_something();
	for (int i = 0; i < CALLS; i++) {
		if (below(50) == 0) /* or all would do the same */
			random_state += (uint64_t)syscall(SYS_gettid) << 32 | 1;
		call_something();
	}
	return 0;
}

/* All that the round has left. */
static int kill_all(void *arg)
{
	(void)arg;
	syscall(SYS_setresuid, USER, USER, USER);
	call_kill(-1, SIGKILL);
	return 0;
}

/* Until it has ended, or for so long. It may kill its killers. */
static void wait_a_while(long pid)
{
	struct timespec patience = { 0, PATIENCE };
	sigset_t set = 1ul << (SIGCHLD - 1);

	syscall(SYS_rt_sigtimedwait, &set, NULL, &patience, 8);
	do
		in_child(kill_all, NULL);
	while (call_wait4((int)pid, NULL, WNOHANG, NULL) == 0);
}

static void round_of(long seed)
{
	long pid = call_fork();

	if (pid == 0)
		exit(fuzz((void *)seed));
	wait_a_while(pid);
}

/* The files that the rounds have left: what is taken is to be given back. */
static int clean_up(void *arg)
{
	char *const words[] = { "sh", "-c", "rm -rf /tmp/* /dev/shm/*", NULL };

	(void)arg;
	call_execve("/bin/sh", words, environ);
	return 1;
}

int main(int argc, char **argv)
{
	long seed = argc > 1 ? parse_number(argv[1]) : 1200800;
	long rounds = argc > 2 ? parse_number(argv[2]) : ROUNDS;
	sigset_t set = 1ul << (SIGCHLD - 1);

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
	call_mkdir("/tmp/fuzz", 0777);
	syscall(SYS_chmod, "/tmp/fuzz", 0777);
	for (long i = 0; i < rounds; i++) {
		if (i % 50 == 0)
			diag("seeds from %ld on", seed + i);
		round_of(seed + i);
	}
	ok(true, "%ld rounds of system calls", rounds);
	child_exits(clean_up, NULL, 0, "what they left is deleted");
	return tap_done();
}
