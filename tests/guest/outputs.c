/* needs: attributes names prctl signals steering threads timers */
/*
 * Every byte that a system call or a signal gives: printed, but for times, so
 * that two runs can be compared (tests/boot/assertions.py: with the kernel's
 * unused memory filled with one byte and with another). What a call leaves
 * alone shows as 0xcc. Linux has other bytes: here nothing is judged but that
 * the calls succeed.
 */
#include "kernel/abi/dirent.h"
#include "kernel/abi/errno.h"
#include "kernel/abi/poll.h"
#include "kernel/abi/resource.h"
#include "kernel/abi/stat.h"
#include "kernel/abi/statfs.h"
#include "kernel/abi/sysinfo.h"
#include "kernel/abi/termios.h"
#include "kernel/abi/time.h"
#include "kernel/abi/times.h"
#include "kernel/abi/utsname.h"
#include "kernel/abi/wait.h"
#include "user/lib/printf.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

/* The descriptors that the calls are about. */
enum { PIPE = 10, TTY, EPOLL, ROOT };

static unsigned char out[4096] __attribute__((aligned(64)));

static void dump(const char *name, const void *bytes, size_t size)
{
	const unsigned char *b = bytes;

	printf("# %s:", name);
	for (size_t i = 0; i < size; i++)
		printf("%s%02x", i % 8 ? "" : " ", b[i]);
	printf("\n");
}

/* Where a call's times are, which differ rightly: [from, to) of its bytes. */
struct call {
	const char *name;
	long number, arguments[6];
	size_t size, from, to;
};

/* OUT in the place of an argument is the buffer; OUT + n lies n bytes on. */
#define OUT             ((long)out)
#define PATH            ((long)"/bin")
#define S(member)       sizeof(struct member)
#define O(type, member) __builtin_offsetof(struct type, member)

static void run(const struct call *c)
{
	const long *a = c->arguments;
	long result;

	memset(out, 0xcc, sizeof(out));
	result = syscall(c->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	/* what times() returns is a time as well */
	if (c->number == SYS_times)
		ok(result >= 0, "%s", c->name);
	else
		ok(result >= 0, "%s (%ld)", c->name, result);
	memset(out + c->from, 0, c->to - c->from);
	dump(c->name, out, c->size);
}

static const struct call calls[] = {
	{ "uname", SYS_uname, { OUT }, S(utsname), 0, 0 },
	{ "sysinfo",
	  SYS_sysinfo,
	  { OUT },
	  S(sysinfo),
	  0,
	  O(sysinfo, sharedram) },
	{ "stat", SYS_stat, { PATH, OUT }, S(stat), 0, 0 },
	{ "fstat", SYS_fstat, { PIPE, OUT }, S(stat), 72, 120 },
	{ "statfs",
	  SYS_statfs,
	  { PATH, OUT },
	  S(statfs),
	  O(statfs, f_bfree),
	  O(statfs, f_fsid) },
	{ "getdents64", SYS_getdents64, { ROOT, OUT, 1024 }, 1024, 0, 0 },
	{ "getcwd", SYS_getcwd, { OUT, 64 }, 64, 0, 0 },
	{ "readlink",
	  SYS_readlink,
	  { (long)"/proc/self/cwd", OUT, 64 },
	  64,
	  0,
	  0 },
	{ "pipe2", SYS_pipe2, { OUT, 0 }, 16, 0, 0 },
	{ "times", SYS_times, { OUT }, S(tms), 0, 32 },
	{ "getrusage", SYS_getrusage, { 0, OUT }, S(rusage), 0, 40 },
	{ "prlimit64", SYS_prlimit64, { 0, 7, 0, OUT }, 24, 0, 0 },
	{ "getrlimit", SYS_getrlimit, { 3, OUT }, 24, 0, 0 },
	{ "clock_getres", SYS_clock_getres, { 1, OUT }, 24, 0, 0 },
	{ "clock_gettime", SYS_clock_gettime, { 1, OUT }, 24, 0, 16 },
	{ "gettimeofday", SYS_gettimeofday, { OUT, OUT + 16 }, 32, 0, 16 },
	{ "getitimer", SYS_getitimer, { 0, OUT }, 40, 0, 0 },
	{ "timer_create", SYS_timer_create, { 1, 0, OUT }, 16, 0, 0 },
	{ "timer_gettime", SYS_timer_gettime, { 0, OUT }, 40, 0, 0 },
	{ "sigaltstack", SYS_sigaltstack, { 0, OUT }, 32, 0, 0 },
	{ "rt_sigaction", SYS_rt_sigaction, { SIGUSR1, 0, OUT, 8 }, 40, 0, 0 },
	{ "rt_sigprocmask", SYS_rt_sigprocmask, { 0, 0, OUT, 8 }, 16, 0, 0 },
	{ "rt_sigpending", SYS_rt_sigpending, { OUT, 8 }, 16, 0, 0 },
	{ "sched_getaffinity",
	  SYS_sched_getaffinity,
	  { 0, 128, OUT },
	  136,
	  0,
	  0 },
	{ "sched_getparam", SYS_sched_getparam, { 0, OUT }, 8, 0, 0 },
	{ "getcpu", SYS_getcpu, { OUT, OUT + 8 }, 16, 0, 0 },
	{ "get_robust_list",
	  SYS_get_robust_list,
	  { 0, OUT, OUT + 8 },
	  24,
	  0,
	  0 },
	{ "getresuid", SYS_getresuid, { OUT, OUT + 8, OUT + 16 }, 24, 0, 0 },
	{ "getgroups", SYS_getgroups, { 4, OUT }, 24, 0, 0 },
	{ "PR_GET_NAME", SYS_prctl, { 16, OUT }, 24, 0, 0 },
	{ "TCGETS", SYS_ioctl, { TTY, TCGETS, OUT }, 64, 0, 0 },
	{ "TIOCGWINSZ", SYS_ioctl, { TTY, TIOCGWINSZ, OUT }, 16, 0, 0 },
	{ "FIONREAD", SYS_ioctl, { PIPE, FIONREAD, OUT }, 8, 0, 0 },
	{ "epoll_wait", SYS_epoll_wait, { EPOLL, OUT, 4, 0 }, 64, 0, 0 },
	{ "waitid",
	  SYS_waitid,
	  { 0, 0, OUT, 1 + 4, OUT + 256 },
	  512,
	  256,
	  256 + 40 },
};

static void run_all(void)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		run(&calls[i]);
	memset(out, 0, S(timex)); /* nothing is to be set */
	ok(syscall(SYS_adjtimex, out) >= 0, "adjtimex");
	memset(out + O(timex, maxerror), 0, 16);
	memset(out + O(timex, time), 0, 16);
	dump("adjtimex", out, S(timex));
}

/* ---- Signals ---------------------------------------------------------------- */

/* siginfo and ucontext as they lie on the stack, with the FPU's state. */
static void on_signal(int signo, siginfo_t *info, struct ucontext *context)
{
	const struct _fpstate *fpu = (void *)context->uc_mcontext.fpstate;
	char name[24];

	snprintf(name, sizeof(name), "siginfo of %d", signo);
	dump(name, info, sizeof(*info));
	dump("ucontext", context, sizeof(*context));
	dump("fpstate", fpu, fpu->sw_reserved.extended_size);
	if (signo == SIGSEGV)
		context->uc_mcontext.rip += 2;
}

static void test_signals(void)
{
	static const int signals[] = { SIGUSR1, SIGSEGV, SIGALRM, 40 };
	struct itimerval soon = { .it_value.tv_usec = 1 };
	sigset_t alarm = SIGNAL_BIT(SIGALRM), none = 0;
	siginfo_t info = { .si_code = SI_QUEUE };

	for (int i = 0; i < 4; i++)
		signal_set(signals[i], on_signal, 0);
	call_kill((int)call_getpid(), SIGUSR1);
	syscall(SYS_rt_sigqueueinfo, call_getpid(), 40, &info);
	/* a write of two bytes of code to where nothing is */
	__asm__ volatile("xor %%eax, %%eax\n\tmov %%al, (%%rax)"
			 :
			 :
			 : "rax", "memory");
	call_rt_sigprocmask(SIG_BLOCK, &alarm, NULL); /* until we wait */
	syscall(SYS_setitimer, 0, &soon, NULL);
	syscall(SYS_rt_sigsuspend, &none, sizeof(none));
	ok(true, "signals");
}

/* The same addresses each time, from now on. */
static void without_randomness(char **argv)
{
	static char *const no_environment[] = { NULL };
	char *const words[] = { argv[0], "again", NULL };
	long fd = call_open("/proc/sys/kernel/randomize_va_space", O_WRONLY, 0);

	call_write((int)fd, "0", 1);
	call_close((int)fd);
	call_execve(argv[0], words, no_environment);
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = POLLIN };
	int pipe[2];

	if (!on_colonel()) {
		skip("others use memory here", "what calls give");
		return tap_done();
	}
	if (argc == 1)
		without_randomness(argv);
	call_pipe2(pipe, 0);
	call_dup2(pipe[0], PIPE);
	call_write(pipe[1], "x", 1);
	call_dup2(call_open("/dev/ttyS0", O_RDWR | O_NOCTTY, 0), TTY);
	call_dup2(call_open("/", O_RDONLY | O_DIRECTORY, 0), ROOT);
	call_dup2(syscall(SYS_epoll_create1, 0), EPOLL);
	syscall(SYS_epoll_ctl, EPOLL, 1, PIPE, &event);
	if (call_fork() == 0)
		call_exit_group(3);
	run_all();
	test_signals();
	return tap_done();
}
