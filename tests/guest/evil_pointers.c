/* needs: names signals threads */
/*
 * Every pointer argument of every system call at addresses that it must not
 * use: -EFAULT, and nothing else happens.  Lengths that wrap or are absurd.
 * Addresses that the kernel keeps and writes to later.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define PAGE         4096ul
#define COUNT(array) (sizeof(array) / sizeof(array[0]))

/* Which argument is the pointer, and what the kernel does there. */
enum access { READS, WRITES };

struct call {
	const char *name;
	long number;
	int pointer; /* 0 to 5 */
	enum access access;
	int size; /* bytes that it touches, all or none; 0: may be fewer */
	long arg[6];
	int null_means_none; /* NULL is allowed */
};

static int in, out; /* a pipe with data, and its other end */
static int dir, zero;
static int zombie; /* the pid of a child that has ended */
static char good[8192];

#define G ((long)good)

/* Descriptors are filled in later: -100 is `in`, and so on. */
#define IN   -100
#define OUT  -101
#define DIR  -102
#define ZERO -103

static const struct call calls[] = {
	{ "read", SYS_read, 1, WRITES, 4, { IN, 0, 4 }, 0 },
	{ "read from /dev/zero", SYS_read, 1, WRITES, 0, { ZERO, 0, 64 }, 0 },
	{ "write", SYS_write, 1, READS, 4, { OUT, 0, 4 }, 0 },
	{ "open", SYS_open, 0, READS, 1, { 0, O_RDONLY }, 0 },
	{ "openat", SYS_openat, 1, READS, 1, { AT_FDCWD, 0, O_RDONLY }, 0 },
	{ "stat path", SYS_stat, 0, READS, 1, { 0, G }, 0 },
	{ "stat", SYS_stat, 1, WRITES, 144, { (long)"/", 0 }, 0 },
	{ "fstat", SYS_fstat, 1, WRITES, 144, { ZERO, 0 }, 0 },
	{ "lstat", SYS_lstat, 1, WRITES, 144, { (long)"/", 0 }, 0 },
	{ "newfstatat",
	  SYS_newfstatat,
	  2,
	  WRITES,
	  144,
	  { AT_FDCWD, (long)"/", 0, 0 },
	  0 },
	{ "poll", SYS_poll, 0, READS, 8, { 0, 1, 0 }, 0 },
	{ "rt_sigaction new",
	  SYS_rt_sigaction,
	  1,
	  READS,
	  32,
	  { SIGUSR1, 0, 0, 8 },
	  1 },
	{ "rt_sigaction old",
	  SYS_rt_sigaction,
	  2,
	  WRITES,
	  32,
	  { SIGUSR1, 0, 0, 8 },
	  1 },
	{ "rt_sigprocmask new",
	  SYS_rt_sigprocmask,
	  1,
	  READS,
	  8,
	  { SIG_BLOCK, 0, 0, 8 },
	  1 },
	{ "rt_sigprocmask old",
	  SYS_rt_sigprocmask,
	  2,
	  WRITES,
	  8,
	  { SIG_BLOCK, 0, 0, 8 },
	  1 },
	{ "rt_sigpending", SYS_rt_sigpending, 0, WRITES, 8, { 0, 8 }, 0 },
	{ "rt_sigsuspend", SYS_rt_sigsuspend, 0, READS, 8, { 0, 8 }, 0 },
	{ "sigaltstack new", SYS_sigaltstack, 0, READS, 24, { 0, 0 }, 1 },
	{ "sigaltstack old", SYS_sigaltstack, 1, WRITES, 24, { 0, 0 }, 1 },
	{ "readv", SYS_readv, 1, READS, 16, { ZERO, 0, 1 }, 0 },
	{ "writev", SYS_writev, 1, READS, 16, { OUT, 0, 1 }, 0 },
	{ "access", SYS_access, 0, READS, 1, { 0, F_OK }, 0 },
	{ "pipe", SYS_pipe, 0, WRITES, 8, { 0 }, 0 },
	{ "pipe2", SYS_pipe2, 0, WRITES, 8, { 0, 0 }, 0 },
	{ "nanosleep", SYS_nanosleep, 0, READS, 16, { 0, 0 }, 0 },
	{ "execve path", SYS_execve, 0, READS, 1, { 0, 0, 0 }, 0 },
	{ "wait4 status", SYS_wait4, 1, WRITES, 4, { -1, 0, 0, 0 }, 1 },
	{ "wait4 rusage", SYS_wait4, 3, WRITES, 144, { -1, 0, 0, 0 }, 1 },
	{ "uname", SYS_uname, 0, WRITES, 390, { 0 }, 0 },
	{ "getcwd", SYS_getcwd, 0, WRITES, 2, { 0, 64 }, 0 },
	{ "chdir", SYS_chdir, 0, READS, 1, { 0 }, 0 },
	{ "rename from", SYS_rename, 0, READS, 1, { 0, G }, 0 },
	{ "rename to", SYS_rename, 1, READS, 1, { (long)"/tmp/none", 0 }, 0 },
	{ "mkdir", SYS_mkdir, 0, READS, 1, { 0, 0700 }, 0 },
	{ "rmdir", SYS_rmdir, 0, READS, 1, { 0 }, 0 },
	{ "unlink", SYS_unlink, 0, READS, 1, { 0 }, 0 },
	{ "readlink path", SYS_readlink, 0, READS, 1, { 0, G, 64 }, 0 },
	{ "gettimeofday", SYS_gettimeofday, 0, WRITES, 16, { 0, 0 }, 1 },
	{ "gettimeofday zone", SYS_gettimeofday, 1, WRITES, 8, { 0, 0 }, 1 },
	{ "time", SYS_time, 0, WRITES, 8, { 0 }, 1 },
	{ "getdents64", SYS_getdents64, 1, WRITES, 32, { DIR, 0, 1024 }, 0 },
	{ "clock_gettime",
	  SYS_clock_gettime,
	  1,
	  WRITES,
	  16,
	  { CLOCK_MONOTONIC, 0 },
	  0 },
	{ "clock_getres",
	  SYS_clock_getres,
	  1,
	  WRITES,
	  16,
	  { CLOCK_MONOTONIC, 0 },
	  1 },
	{ "getcpu cpu", SYS_getcpu, 0, WRITES, 4, { 0, 0, 0 }, 1 },
	{ "getcpu node", SYS_getcpu, 1, WRITES, 4, { 0, 0, 0 }, 1 },
};

static char *unmapped, *none, *read_only, *edge;
static const char constant[PAGE] = "constant";

/* ---- One call at one address ----------------------------------------------- */

static long real_fd(long value)
{
	return value == IN     ? in
	       : value == OUT  ? out
	       : value == DIR  ? dir
	       : value == ZERO ? zero
			       : value;
}

/* A call that ends a process, or a child, gets a new one each time. */
static void prepare(const struct call *call)
{
	if (call->number == SYS_wait4) {
		zombie = call_fork();
		if (zombie == 0)
			exit(0);
	}
	if (call->number == SYS_getdents64)
		call_lseek(dir, 0, SEEK_SET);
}

static long call_at(const struct call *call, uint64_t address)
{
	long arg[6];

	for (int i = 0; i < 6; i++)
		arg[i] = i == call->pointer ? (long)address
					    : real_fd(call->arg[i]);
	prepare(call);

	long result = syscall(call->number, arg[0], arg[1], arg[2], arg[3],
			      arg[4], arg[5]);

	if (call->number == SYS_wait4)
		call_wait4(zombie, NULL, 0, NULL);
	return result;
}

/* Counts the addresses at which the call does not answer -EFAULT. */
static int misses(const struct call *call, const uint64_t *address, int count)
{
	int wrong = 0;

	for (int i = 0; i < count; i++) {
		long result;

		if (address[i] == 0 && call->null_means_none)
			continue;
		result = call_at(call, address[i]);
		if (result != -EFAULT) {
			diag("%s at %#lx: %ld", call->name, address[i], result);
			wrong++;
		}
	}
	return wrong;
}

static void test_call(const struct call *call)
{
	const uint64_t evil[] = {
		0,
		1,
		PAGE - 1,
		(uint64_t)unmapped,
		(uint64_t)none,
		0x7ffffffff000,
		0x7fffffffffff,
		0x800000000000,
		0x800000000001,
		0x4000000000000000,
		0x8000000000000000,
		0xffff7fffffffffff,
		0xffff800000000000,
		0xffff888000000000,
		0xffff888000100000,
		0xffffc90000000000,
		0xffffea0000000000,
		0xffffffff80000000,
		0xffffffff80100000,
		0xfffffffffee00000,
		0xffffffffff5ff000,
		0xfffffffffffff000,
		-64ul,
		-8ul,
		-1ul,
	};
	const uint64_t not_writable[] = {
		(uint64_t)read_only,
		(uint64_t)constant,
		(uint64_t)test_call,
		getauxval(AT_SYSINFO_EHDR) ?: 8,
	};

	is(misses(call, evil, COUNT(evil)), 0, "%s: bad addresses", call->name);
	if (call->access == WRITES)
		is(misses(call, not_writable, COUNT(not_writable)), 0,
		   "%s: read-only addresses", call->name);

	/* Across the edge of the mapped memory, by each number of bytes. */
	uint64_t across[16];
	int count = 0;

	for (int i = 1; i < call->size && i <= 15; i++)
		across[count++] = (uint64_t)edge - i;
	if (count)
		is(misses(call, across, count), 0, "%s: across an edge",
		   call->name);
}

static void test_paths(void)
{
	static const int calls_by_path[] = { SYS_open,  SYS_stat,  SYS_chdir,
					     SYS_mkdir, SYS_rmdir, SYS_unlink };

	memset(edge - 16, 'x', 16);
	for (unsigned i = 0; i < COUNT(calls_by_path); i++)
		is(syscall(calls_by_path[i], edge - 16, 0), -EFAULT,
		   "call %d: a path that runs off its page", calls_by_path[i]);
	memcpy(edge - 5, "/tmp", 5);
	is(call_chdir(edge - 5), 0, "a path that ends with its page");
	call_chdir("/");
}

/* ---- Lengths ---------------------------------------------------------------- */

static bool refused(long result)
{
	return result == -EFAULT || result == -EINVAL;
}

static void test_lengths(void)
{
	static const uint64_t absurd[] = { 1ul << 63, -1ul, -4096ul };

	is(call_read(zero, good, 0), 0, "read of 0 bytes");
	is(call_read(zero, unmapped, 0), 0, "even to a bad address");
	is(call_write(out, unmapped, 0), 0, "write of 0 bytes");
	for (unsigned i = 0; i < COUNT(absurd); i++) {
		ok(refused(call_read(zero, good, absurd[i])),
		   "read of %#lx bytes", absurd[i]);
		ok(refused(call_write(out, good, absurd[i])),
		   "write of %#lx bytes", absurd[i]);
		is(call_getcwd((char *)0x7fffffff0000, absurd[i]), -EFAULT,
		   "getcwd of %#lx bytes to a bad address", absurd[i]);
	}
	is(call_read(zero, edge - 100, 200), 100,
	   "read up to the edge of the mapped memory");
	is(call_getcwd(good, 1), -ERANGE, "getcwd into one byte");
	is(call_getcwd(good, 0), -ERANGE, "into none");
	is(call_getdents64(dir, good, 8), -EINVAL, "getdents64 into 8 bytes");
}

static long read_vector(int fd, const struct iovec *iov, int count)
{
	return call_readv(fd, iov, count);
}

static void test_vectors(void)
{
	struct iovec iov[2] = { { (uint64_t)good, 8 }, { 8, 8 } };
	struct iovec *many = call_mmap(NULL, 32 * PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	is(read_vector(zero, iov, -1), -EINVAL, "readv with count -1");
	is(read_vector(zero, many, IOV_MAX + 1), -EINVAL,
	   "with more than IOV_MAX");
	is(read_vector(zero, many, IOV_MAX), 0, "with IOV_MAX empty ones");
	is(read_vector(zero, iov, 0), 0, "with count 0");
	is(read_vector(zero, iov, 2), 8, "a bad second address: a short count");

	long written = call_writev(out, iov, 2);

	ok(written == 8 || written == -EFAULT,
	   "from writev to a pipe that, or an error");
	iov[0].iov_len = -1ul;
	is(read_vector(zero, iov, 1), -EINVAL, "a negative length");
	iov[0].iov_len = iov[1].iov_len = 1ul << 62;
	iov[1].iov_base = (uint64_t)good;
	ok(refused(read_vector(zero, iov, 2)), "a sum that overflows");
	iov[0].iov_base = 0xffffffff80000000;
	iov[0].iov_len = 8;
	is(read_vector(zero, iov, 1), -EFAULT, "a kernel address");
	call_munmap(many, 32 * PAGE);
}

/* ---- Addresses that are kept ------------------------------------------------ */

static const uint64_t kept[] = { 8, 0xffffffff80000000, 0xffff888000000000,
				 0x800000000000, -8ul };

static int exit_with_tid_address(void *address)
{
	return syscall(SYS_set_tid_address, address) == call_getpid() ? 0 : 1;
}

static int exit_with_robust_list(void *address)
{
	long result = syscall(SYS_set_robust_list, address, 24);

	return result == 0 || result == -ENOSYS ? 0 : 1;
}

static void on_signal(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
}

static int signal_on_stack(void *address)
{
	stack_t stack = { .ss_sp = (uint64_t)address, .ss_size = 65536 };

	if (call_sigaltstack(&stack, NULL))
		call_kill(call_getpid(), SIGSEGV);
	signal_set(SIGUSR1, on_signal, SA_ONSTACK);
	call_kill(call_getpid(), SIGUSR1);
	return 0;
}

/* The tid is written when the child, which shares our memory, has ended. */
static void test_child_tid(uint64_t address)
{
	long pid = syscall(SYS_clone,
			   CLONE_VM | CLONE_VFORK | CLONE_CHILD_CLEARTID |
				   SIGCHLD,
			   0, 0, address, 0);

	if (pid == 0)
		syscall(SYS_exit, 0);
	is(call_wait4(pid, NULL, 0, NULL), pid, "CLONE_CHILD_CLEARTID at %#lx",
	   address);
}

static void test_kept(void)
{
	for (unsigned i = 0; i < COUNT(kept); i++) {
		void *address = (void *)kept[i];

		child_exits(exit_with_tid_address, address, 0,
			    "exit with set_tid_address %p", address);
		child_exits(exit_with_robust_list, address, 0,
			    "exit with set_robust_list %p", address);
		child_dies(signal_on_stack, address, SIGSEGV,
			   "a signal on a stack at %p", address);
		test_child_tid(kept[i]);
	}
}

static void set_up(void)
{
	int fds[2];

	call_pipe2(fds, 0);
	in = fds[0];
	out = fds[1];
	for (int i = 0; i < 8; i++)
		call_write(out, good, 1024);
	dir = call_open("/", O_RDONLY | O_DIRECTORY, 0);
	zero = call_open("/dev/zero", O_RDWR, 0);

	char *mem = call_mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(mem, 0, 8 * PAGE);
	edge = mem + 2 * PAGE;
	unmapped = mem + 3 * PAGE;
	none = mem + 5 * PAGE;
	read_only = mem + 6 * PAGE;
	call_munmap(edge, 2 * PAGE);
	call_mprotect(none, PAGE, PROT_NONE);
	call_mprotect(read_only, PAGE, PROT_READ);
}

int main(void)
{
	long pid = call_getpid();

	set_up();
	for (unsigned i = 0; i < COUNT(calls); i++)
		test_call(&calls[i]);
	test_paths();
	test_lengths();
	test_vectors();
	test_kept();
	is(call_getpid(), pid, "the process is unharmed");
	ok(!memcmp(constant, "constant", 8), "read-only data too");
	return tap_done();
}
