/* needs: jobs signals threads */
/*
 * Signals: sending, handlers and what they are told, masks, pending signals,
 * restarted and interrupted calls, signal stacks, stopping and continuing.
 *
 * tools/run: -smp 2 */
#include "kernel/abi/errno.h"
#include "tests/guest/thread.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array[0]))

static volatile int count;
static volatile int order[16];
static siginfo_t last_info;
static struct ucontext last_context;
static volatile uint64_t last_rsp;

static const struct timespec moment = { 0, 20000000 };

static void remember(int sig, siginfo_t *info, struct ucontext *context)
{
	last_info = *info;
	last_context = *context;
	last_rsp = (uint64_t)__builtin_frame_address(0);
	order[count++ % COUNT(order)] = sig;
}

static sigset_t set_mask(sigset_t mask)
{
	sigset_t old = 0;

	call_rt_sigprocmask(SIG_SETMASK, &mask, &old);
	return old;
}

static sigset_t pending(void)
{
	sigset_t set = 0;

	syscall(SYS_rt_sigpending, &set, sizeof(set));
	return set;
}

static void raise(int sig)
{
	call_kill(call_getpid(), sig);
}

/* ---- Sending --------------------------------------------------------------- */

static void test_kill(void)
{
	long pid = call_getpid();

	is(call_kill(pid, 0), 0, "signal 0 tests for a process");
	is(call_kill(pid, 65), -EINVAL, "there is no signal 65");
	is(call_kill(pid, -1), -EINVAL, "nor -1");
	is(call_kill(0x3fffffff, SIGTERM), -ESRCH, "nobody has that pid");
	is(syscall(SYS_tgkill, pid, pid, 0), 0, "tgkill 0");
	is(syscall(SYS_tgkill, pid, 0x3fffffff, 0), -ESRCH, "tgkill of nobody");
	is(syscall(SYS_tgkill, 0, pid, 0), -EINVAL, "tgkill in group 0");
	is(syscall(SYS_tkill, pid, 0), 0, "tkill 0");
	is(syscall(SYS_tkill, -1, 0), -EINVAL, "tkill -1");
}

/* ---- sigaction ------------------------------------------------------------- */

static void test_sigaction(void)
{
	struct kernel_sigaction old;

	signal_set_masked(SIGUSR1, remember, SA_RESTART, SIGNAL_BIT(SIGUSR2));
	is(call_rt_sigaction(SIGUSR1, NULL, &old), 0, "sigaction asks");
	is(old.sa_handler, (long)remember, "the handler");
	is(old.sa_flags, SA_RESTART | SA_SIGINFO | SA_RESTORER, "the flags");
	is(old.sa_mask, SIGNAL_BIT(SIGUSR2), "the mask");
	is(signal_set(SIGKILL, remember, 0), -EINVAL,
	   "SIGKILL cannot be caught");
	is(signal_set(SIGSTOP, remember, 0), -EINVAL, "nor SIGSTOP");
	is(signal_plain(SIGKILL, SIG_IGN), -EINVAL, "nor ignored");
	is(call_rt_sigaction(SIGKILL, NULL, &old), 0, "but asked for");
	is(signal_set(0, remember, 0), -EINVAL, "there is no signal 0");
	is(signal_set(65, remember, 0), -EINVAL, "nor 65");
	is(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &old, 4), -EINVAL,
	   "a set of another size");
	signal_set_masked(SIGUSR1, remember, 0,
			  SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP));
	call_rt_sigaction(SIGUSR1, NULL, &old);
	is(old.sa_mask, 0, "SIGKILL and SIGSTOP leave the mask");
}

static void test_handler(void)
{
	signal_set(SIGUSR1, remember, 0);
	count = 0;
	raise(SIGUSR1);
	is(count, 1, "a handler runs before kill returns");
	is(order[0], SIGUSR1, "it is told the signal");
	is(last_info.si_signo, SIGUSR1, "si_signo");
	is(last_info.si_code, SI_USER, "si_code SI_USER");
	is(last_info.si_pid, call_getpid(), "si_pid is the sender");
	is(last_info.si_uid, syscall(SYS_getuid), "si_uid");
	is(last_rsp % 16, 0, "the stack is aligned as the ABI wants it");
	ok(last_context.uc_mcontext.fpstate % 64 == 0 &&
		   last_context.uc_mcontext.fpstate,
	   "the FPU state is there, 64-byte aligned");
	is(last_context.uc_mcontext.cs, 0x33, "cs");
	is(last_context.uc_link, 0, "uc_link");

	long pid = call_getpid();

	syscall(SYS_tgkill, pid, pid, SIGUSR1);
	is(count, 2, "tgkill");
	is(last_info.si_code, SI_TKILL, "si_code SI_TKILL");

	signal_set(SIGUSR1, remember, SA_RESETHAND);
	raise(SIGUSR1);

	struct kernel_sigaction old;

	call_rt_sigaction(SIGUSR1, NULL, &old);
	is(old.sa_handler, SIG_DFL, "SA_RESETHAND resets it");
	signal_plain(SIGUSR1, SIG_IGN);
	count = 0;
	raise(SIGUSR1);
	is(count, 0, "SIG_IGN");
}

/* Registers and FPU must survive a handler that spoils them. */
static void spoil(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
	asm volatile("pxor %%xmm3, %%xmm3; pxor %%xmm12, %%xmm12; fninit;"
		     "xor %%ebx, %%ebx; xor %%r12d, %%r12d"
		     :
		     :
		     : "xmm3", "xmm12", "rbx", "r12");
}

static void test_registers_survive(void)
{
	uint64_t low = 0x123456789abcdef, xmm3, xmm12, gpr, r8;
	uint16_t control = 0x27f, read_control;
	long pid = call_getpid();

	signal_set(SIGUSR1, spoil, 0);

	register uint64_t r12 asm("r12") = low;
	register uint64_t r8_in asm("r8") = low + 1;

	asm volatile(
		"movq %[in], %%xmm3; movq %[in], %%xmm12; fldcw %[cw];"
		"syscall;"
		"movq %%xmm3, %[a]; movq %%xmm12, %[b]; fnstcw %[cwo]"
		: [a] "=&m"(xmm3), [b] "=&m"(xmm12), [cwo] "=m"(read_control),
		  "+r"(r12), "+r"(r8_in)
		: [in] "r"(low), [cw] "m"(control), "a"(SYS_kill), "D"(pid),
		  "S"(SIGUSR1)
		: "rcx", "r11", "memory", "xmm3", "xmm12");
	gpr = r12;
	r8 = r8_in;
	is(gpr, low, "a handler leaves r12");
	is(r8, low + 1, "and r8");
	ok(xmm3 == low && xmm12 == low, "and the SSE registers");
	is(read_control, control, "and the x87 control word");
	asm volatile("fninit");
}

/* ---- Masks ----------------------------------------------------------------- */

static void test_mask(void)
{
	sigset_t usr1 = SIGNAL_BIT(SIGUSR1), usr2 = SIGNAL_BIT(SIGUSR2), old;

	signal_set(SIGUSR1, remember, 0);
	signal_set(SIGUSR2, remember, 0);
	count = 0;
	is(call_rt_sigprocmask(SIG_BLOCK, &usr1, &old), 0, "SIG_BLOCK");
	is(old, 0, "nothing was blocked");
	raise(SIGUSR1);
	raise(SIGUSR1);
	raise(SIGUSR2);
	is(count, 1, "a blocked signal waits, another does not");
	is(pending(), usr1, "it is pending");
	is(call_rt_sigprocmask(SIG_BLOCK, &usr2, &old), 0, "block another");
	is(old, usr1, "the old mask");
	is(call_rt_sigprocmask(SIG_UNBLOCK, &usr1, NULL), 0, "SIG_UNBLOCK");
	is(count, 2, "delivers it, once");
	is(pending(), 0, "nothing is pending");
	is(call_rt_sigprocmask(7, &usr1, NULL), -EINVAL, "an unknown way");
	is(call_rt_sigprocmask(7, NULL, &old), 0, "is not looked at to ask");
	is(old, usr2, "the mask");
	is(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &usr1, NULL, 4), -EINVAL,
	   "a set of another size");
	set_mask(~0ul);
	is(set_mask(0), ~(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP)),
	   "all can be blocked but SIGKILL and SIGSTOP");
}

static void test_delivery_order(void)
{
	static const int sigs[] = { SIGTERM, SIGUSR2, SIGUSR1, SIGHUP };

	for (unsigned i = 0; i < COUNT(sigs); i++)
		signal_set_masked(sigs[i], remember, 0, ~0ul);
	set_mask(~0ul);
	for (unsigned i = 0; i < COUNT(sigs); i++)
		raise(sigs[i]);
	count = 0;
	set_mask(0);
	is(count, 4, "four pending signals are delivered");
	ok(order[0] == SIGHUP && order[1] == SIGUSR1 && order[2] == SIGUSR2 &&
		   order[3] == SIGTERM,
	   "the lowest number first");
	for (unsigned i = 0; i < COUNT(sigs); i++)
		signal_plain(sigs[i], SIG_DFL);
}

static void test_realtime_queue(void)
{
	sigset_t rt = SIGNAL_BIT(SIGRTMIN + 2);

	signal_set(SIGRTMIN + 2, remember, 0);
	call_rt_sigprocmask(SIG_BLOCK, &rt, NULL);
	for (int i = 0; i < 3; i++)
		raise(SIGRTMIN + 2);
	count = 0;
	set_mask(0);
	is(count, 3, "real-time signals queue");
}

static volatile int depth, deepest;

static void nest(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)info, (void)context;
	count++;
	if (++depth > deepest)
		deepest = depth;
	if (count < 5)
		raise(sig);
	depth--;
}

static void test_nesting(void)
{
	count = depth = deepest = 0;
	signal_set(SIGUSR1, nest, 0);
	raise(SIGUSR1);
	is(count, 5, "a signal from its own handler comes again");
	is(deepest, 1, "after it");
	count = depth = deepest = 0;
	signal_set(SIGUSR1, nest, SA_NODEFER);
	raise(SIGUSR1);
	is(deepest, 5, "SA_NODEFER: within it");
}

static void mask_in_handler(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
	call_rt_sigprocmask(SIG_BLOCK, NULL, &last_context.uc_sigmask);
}

static void test_handler_mask(void)
{
	signal_set_masked(SIGUSR1, mask_in_handler, 0, SIGNAL_BIT(SIGUSR2));
	raise(SIGUSR1);
	is(last_context.uc_sigmask, SIGNAL_BIT(SIGUSR1) | SIGNAL_BIT(SIGUSR2),
	   "a handler blocks itself and its mask");
	is(set_mask(0), 0, "until it returns");
}

static void test_sigsuspend(void)
{
	sigset_t none = 0;

	signal_set(SIGUSR1, remember, 0);
	set_mask(SIGNAL_BIT(SIGUSR1));
	raise(SIGUSR1);
	count = 0;
	is(syscall(SYS_rt_sigsuspend, &none, sizeof(none)), -EINTR,
	   "rt_sigsuspend returns after a handler");
	is(count, 1, "which ran");
	is(set_mask(0), SIGNAL_BIT(SIGUSR1), "and restores the mask");
	is(syscall(SYS_rt_sigsuspend, &none, 4), -EINVAL,
	   "a set of another size");
}

/* ---- Interrupted calls ----------------------------------------------------- */

/* A child that signals us after a moment, then perhaps writes to `fd`. */
static long disturb(int sig, int fd)
{
	long parent = call_getpid(), pid = call_fork();

	if (pid != 0)
		return pid;
	call_nanosleep(&moment, NULL);
	call_kill(parent, sig);
	call_nanosleep(&moment, NULL);
	if (fd >= 0)
		call_write(fd, "x", 1);
	exit(0);
}

static void test_restart(void)
{
	int fds[2];
	char byte;
	long pid;

	call_pipe2(fds, 0);
	signal_set(SIGUSR1, remember, 0);
	pid = disturb(SIGUSR1, -1);
	is(call_read(fds[0], &byte, 1), -EINTR, "a handler interrupts read");
	call_wait4(pid, NULL, 0, NULL);

	signal_set(SIGUSR1, remember, SA_RESTART);
	count = 0;
	pid = disturb(SIGUSR1, fds[1]);
	is(call_read(fds[0], &byte, 1), 1, "with SA_RESTART it goes on");
	is(count, 1, "after the handler");
	call_wait4(pid, NULL, 0, NULL);

	signal_plain(SIGUSR1, SIG_IGN);
	pid = disturb(SIGUSR1, fds[1]);
	is(call_read(fds[0], &byte, 1), 1, "an ignored signal does not");
	call_wait4(pid, NULL, 0, NULL);

	signal_set(SIGUSR1, remember, SA_RESTART);
	pid = disturb(SIGUSR1, -1);
	is(call_wait4(pid, NULL, 0, NULL), pid, "wait4 is restarted");
	pid = disturb(SIGUSR1, -1);

	struct pollfd poll = { fds[0], POLLIN, 0 };

	is(call_poll(&poll, 1, 10000), -EINTR, "poll never is");
	call_wait4(pid, NULL, 0, NULL);
	call_close(fds[0]);
	call_close(fds[1]);
}

static void test_pause(void)
{
	long pid = disturb(SIGUSR1, -1);

	signal_set(SIGUSR1, remember, SA_RESTART);
	is(syscall(SYS_pause), -EINTR, "pause ends with a handler");
	call_wait4(pid, NULL, 0, NULL);
}

/* ---- Faults ---------------------------------------------------------------- */

static const int read_only = 1;

/* Notes the fault and leaves the function that caused it. */
static uint64_t recovery[8];

static void leave(int sig, siginfo_t *info, struct ucontext *context)
{
	remember(sig, info, context);
	context->uc_mcontext.rip = recovery[0];
	context->uc_mcontext.rsp = recovery[1];
	context->uc_mcontext.rbp = recovery[2];
	context->uc_mcontext.rbx = recovery[3];
}

/* Executes `code` with rax = address; a fault ends it. */
#define FAULT(code, address)                                          \
	asm volatile("lea 1f(%%rip), %%rcx; mov %%rcx, (%0);"         \
		     "mov %%rsp, 8(%0); mov %%rbp, 16(%0);"           \
		     "mov %%rbx, 24(%0);" code "; 1:"                 \
		     :                                                \
		     : "S"(recovery), "a"(address)                    \
		     : "rcx", "rdx", "r8", "r9", "r10", "r11", "rdi", \
		       "memory", "cc")

static void check_fault(const char *what, int sig, int code, uint64_t address)
{
	is(last_info.si_signo, sig, "%s: signal", what);
	is(last_info.si_code, code, "%s: si_code", what);
	is(last_info.si_addr, address, "%s: si_addr", what);
	memset(&last_info, 0, sizeof(last_info));
}

static void test_faults(void)
{
	uint64_t here = (uint64_t)&read_only;
	char *page = call_mmap(NULL, 4096, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char on_stack[8] = { (char)0xc3 };

	signal_set(SIGSEGV, leave, SA_NODEFER);
	signal_set(SIGFPE, leave, SA_NODEFER);
	signal_set(SIGILL, leave, SA_NODEFER);
	signal_set(SIGTRAP, leave, SA_NODEFER);
	FAULT("mov (%%rax), %%rdx", 0x1234);
	check_fault("read of nothing", SIGSEGV, SEGV_MAPERR, 0x1234);
	is(last_context.uc_mcontext.trapno, 14, "vector 14");
	is(last_context.uc_mcontext.err, 4, "error code: user, read");
	is(last_context.uc_mcontext.cr2, 0x1234, "cr2");
	FAULT("movb $1, (%%rax)", 0x4321);
	check_fault("write to nothing", SIGSEGV, SEGV_MAPERR, 0x4321);
	is(last_context.uc_mcontext.err, 6, "error code: user, write");
	FAULT("movb $1, (%%rax)", here);
	check_fault("write to constants", SIGSEGV, SEGV_ACCERR, here);
	is(last_context.uc_mcontext.err & 7, 7, "error code: and present");
	FAULT("mov (%%rax), %%rdx", page);
	check_fault("PROT_NONE", SIGSEGV, SEGV_ACCERR, (uint64_t)page);
	FAULT("call *%%rax", on_stack);
	check_fault("the stack as code", SIGSEGV, SEGV_ACCERR,
		    (uint64_t)on_stack);
	FAULT("mov (%%rax), %%rdx", 0x8000000000000000);
	check_fault("no address at all", SIGSEGV, SI_KERNEL, 0);
	FAULT("mov (%%rax), %%rdx", 0xffffffff80000000);
	check_fault("the kernel's", SIGSEGV, SEGV_MAPERR, 0xffffffff80000000);
	FAULT("hlt", 0);
	check_fault("a privileged instruction", SIGSEGV, SI_KERNEL, 0);
	FAULT("xor %%edx, %%edx; div %%rdx", 1);
	check_fault("division by zero", SIGFPE, FPE_INTDIV,
		    last_context.uc_mcontext.rip);
	FAULT("ud2", 0);
	check_fault("ud2", SIGILL, ILL_ILLOPN, last_context.uc_mcontext.rip);
	FAULT("int3", 0);
	is(last_info.si_signo, SIGTRAP, "int3: SIGTRAP");
	is(last_info.si_code, SI_KERNEL, "from the kernel");
	call_munmap(page, 4096);
}

/* SSE exceptions, unmasked. */
static void test_simd_fault(void)
{
	uint32_t mxcsr = 0x1f80 & ~0x200, normal = 0x1f80;

	last_info.si_signo = 0;
	FAULT("ldmxcsr (%%rax); pxor %%xmm0, %%xmm0; pcmpeqd %%xmm1, %%xmm1;"
	      "psrlq $54, %%xmm1; psllq $52, %%xmm1; divsd %%xmm0, %%xmm1",
	      &mxcsr);
	asm volatile("ldmxcsr %0" : : "m"(normal));
	if (!last_info.si_signo) {
		skip("this CPU is emulated", "SSE division by zero");
		return;
	}
	is(last_info.si_signo, SIGFPE, "SSE division by zero: SIGFPE");
	is(last_info.si_code, FPE_FLTDIV, "FPE_FLTDIV");
}

static volatile int *volatile nowhere = (int *)8;

static int fault_while_blocked(void *unused)
{
	(void)unused;
	signal_set(SIGSEGV, remember, 0);
	set_mask(SIGNAL_BIT(SIGSEGV));
	return *nowhere;
}

static int fault_while_ignored(void *unused)
{
	(void)unused;
	signal_plain(SIGSEGV, SIG_IGN);
	return *nowhere;
}

static int no_restorer(void *unused)
{
	struct kernel_sigaction action = { .sa_handler = (uint64_t)remember };

	(void)unused;
	call_rt_sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	return 0;
}

static int sigreturn_from_nowhere(void *unused)
{
	(void)unused;
	signal_plain(SIGSEGV, SIG_DFL);
	asm volatile("mov $8, %%rsp; mov $15, %%eax; syscall" : : : "memory");
	return 0;
}

static void test_forced(void)
{
	signal_plain(SIGSEGV, SIG_DFL);
	child_dies(fault_while_blocked, NULL, SIGSEGV,
		   "a fault kills when its signal is blocked");
	child_dies(fault_while_ignored, NULL, SIGSEGV, "or ignored");
	child_dies(no_restorer, NULL, SIGSEGV, "a handler without SA_RESTORER");
	child_dies(sigreturn_from_nowhere, NULL, SIGSEGV,
		   "rt_sigreturn without a frame");
}

/* ---- Signal stacks --------------------------------------------------------- */

static char stack_memory[32768];

static void change_stack(int sig, siginfo_t *info, struct ucontext *context)
{
	stack_t stack;

	remember(sig, info, context);
	call_sigaltstack(NULL, &stack);
	order[0] = stack.ss_flags;
	order[1] = call_sigaltstack(&stack, NULL);
}

static void test_sigaltstack(void)
{
	stack_t stack = { .ss_sp = (uint64_t)stack_memory,
			  .ss_size = sizeof(stack_memory) };
	stack_t old;

	is(call_sigaltstack(NULL, &old), 0, "sigaltstack asks");
	is(old.ss_flags, SS_DISABLE, "there is none");
	is(call_sigaltstack(&stack, NULL), 0, "sigaltstack sets");
	signal_set(SIGUSR1, change_stack, SA_ONSTACK);
	raise(SIGUSR1);
	ok(last_rsp > stack.ss_sp && last_rsp < stack.ss_sp + stack.ss_size,
	   "SA_ONSTACK runs there");
	is(order[0], SS_ONSTACK, "which it can ask");
	is(order[1], -EPERM, "and cannot change then");
	is(last_context.uc_stack.ss_sp, stack.ss_sp, "uc_stack has it");
	signal_set(SIGUSR1, remember, 0);
	raise(SIGUSR1);
	ok(last_rsp < stack.ss_sp || last_rsp > stack.ss_sp + stack.ss_size,
	   "without SA_ONSTACK not");
	stack.ss_size = MINSIGSTKSZ - 1;
	is(call_sigaltstack(&stack, NULL), -ENOMEM, "too small");
	stack.ss_flags = 0x40;
	is(call_sigaltstack(&stack, NULL), -EINVAL, "unknown flags");
	stack.ss_flags = SS_DISABLE;
	is(call_sigaltstack(&stack, NULL), 0, "SS_DISABLE");
}

static void exit_9(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
	exit(9);
}

static int overflow(void *unused)
{
	stack_t stack = { .ss_sp = (uint64_t)stack_memory,
			  .ss_size = sizeof(stack_memory) };

	(void)unused;
	call_sigaltstack(&stack, NULL);
	signal_set(SIGSEGV, exit_9, SA_ONSTACK);
	asm volatile("1: push $0; jmp 1b");
	return 0;
}

/* ---- Children, stopping, continuing ---------------------------------------- */

static int exit_6(void *unused)
{
	(void)unused;
	return 6;
}

static int die(void *unused)
{
	(void)unused;
	raise(SIGKILL);
	return 0;
}

static void test_sigchld(void)
{
	signal_set(SIGCHLD, remember, SA_RESTART);
	count = 0;
	in_child(exit_6, NULL);
	is(count, 1, "SIGCHLD when a child ends");
	is(last_info.si_code, CLD_EXITED, "CLD_EXITED");
	is(last_info.si_status, 6, "si_status is the exit code");
	in_child(die, NULL);
	is(last_info.si_code, CLD_KILLED, "CLD_KILLED");
	is(last_info.si_status, SIGKILL, "si_status is the signal");
	signal_plain(SIGCHLD, SIG_DFL);
}

static int sleep_a_while(void)
{
	for (int i = 0; i < 200; i++)
		call_nanosleep(&moment, NULL);
	return 0;
}

static void test_stop(void)
{
	int status;
	long pid = call_fork();

	if (pid == 0)
		exit(sleep_a_while());
	is(call_kill(pid, SIGSTOP), 0, "SIGSTOP");
	is(call_wait4(pid, &status, WUNTRACED, NULL), pid,
	   "wait4 with WUNTRACED");
	is(status, SIGSTOP << 8 | 0x7f, "stopped by SIGSTOP");
	is(call_wait4(pid, &status, WUNTRACED | WNOHANG, NULL), 0,
	   "which it tells once");
	is(call_kill(pid, SIGTERM), 0, "SIGTERM waits while it is stopped");
	is(call_wait4(pid, &status, WNOHANG, NULL), 0, "it is alive");
	is(call_kill(pid, SIGCONT), 0, "SIGCONT");
	is(call_wait4(pid, &status, 0, NULL), pid, "it runs, and dies");
	is(status, KILLED(SIGTERM), "of SIGTERM");

	pid = call_fork();
	if (pid == 0)
		exit(sleep_a_while());
	call_kill(pid, SIGSTOP);
	call_wait4(pid, &status, WUNTRACED, NULL);
	call_kill(pid, SIGCONT);
	call_nanosleep(&moment, NULL); /* it has been told, and runs */
	is(call_wait4(pid, &status, WCONTINUED, NULL), pid,
	   "wait4 with WCONTINUED");
	is(status, 0xffff, "continued");
	call_kill(pid, SIGSTOP);
	is(call_kill(pid, SIGKILL), 0, "SIGKILL");
	is(call_wait4(pid, &status, 0, NULL), pid, "kills what is stopped");
	is(status, KILLED(SIGKILL), "at once");
}

static int kill_with_all_blocked(void *unused)
{
	(void)unused;
	set_mask(~0ul);
	raise(SIGKILL);
	return 0;
}

static int inherit(void *unused)
{
	struct kernel_sigaction action;

	(void)unused;
	call_rt_sigaction(SIGUSR1, NULL, &action);
	return action.sa_handler == (uint64_t)remember &&
			       set_mask(0) == SIGNAL_BIT(SIGUSR2) &&
			       pending() == 0
		       ? 0
		       : 1;
}

static void test_fork(void)
{
	signal_set(SIGUSR1, remember, 0);
	set_mask(SIGNAL_BIT(SIGUSR2));
	raise(SIGUSR2);
	child_exits(inherit, NULL, 0,
		    "a child inherits handlers and mask, not what is pending");
	signal_plain(SIGUSR2, SIG_IGN);
	set_mask(0);
}

static void test_storm(void)
{
	long parent = call_getpid(), pid;

	signal_set(SIGUSR1, remember, 0);
	count = 0;
	pid = call_fork();
	if (pid == 0) {
		for (int i = 0; i < 2000; i++)
			call_kill(parent, SIGUSR1);
		exit(0);
	}
	while (call_wait4(pid, NULL, 0, NULL) == -EINTR)
		;
	ok(count > 0 && count <= 2000, "2,000 signals from another process");
}

/* ---- Threads that end ------------------------------------------------------- */

static struct thread leaver, sleeper;
static volatile uint32_t leaving, heard;

/* Ends with signals of its own that nobody has heard. */
static void leave_signals(void *arg)
{
	(void)arg;
	set_mask(~0ul);
	for (int i = 0; i < 8; i++)
		syscall(SYS_tkill, syscall(SYS_gettid), SIGRTMIN);
}

static int count_the_queue(void *arg)
{
	struct rlimit limit = { 64, 64 };
	siginfo_t info = { .si_code = SI_QUEUE };

	(void)arg;
	syscall(SYS_setrlimit, RLIMIT_SIGPENDING, &limit);
	for (int i = 0; i < 20; i++) {
		thread_start(&leaver, leave_signals, NULL);
		thread_join(&leaver);
	}
	set_mask(~0ul);
	return syscall(SYS_rt_sigqueueinfo, call_getpid(), SIGRTMIN, &info) ? 1
									    : 0;
}

/* Its robust list, which goes round in a circle, makes its end take long. */
static void leave_slowly(void *arg)
{
	static struct robust_list circle;
	static struct robust_list_head head;

	(void)arg;
	circle.next = (uint64_t)&circle;
	head.list.next = (uint64_t)&circle;
	syscall(SYS_set_robust_list, &head, sizeof(head));
	leaving = 1;
}

static void hear(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
	heard = 1;
	syscall(SYS_futex, &heard, FUTEX_WAKE, 1);
}

static void sleep_and_hear(void *arg)
{
	(void)arg;
	set_mask(0);
	while (!heard)
		syscall(SYS_futex, &heard, FUTEX_WAIT, 0, NULL);
}

/* Which thread hears it? The one that ends was to, perhaps. */
static int signal_the_living(void *arg)
{
	struct timespec patience = { 10, 0 };

	(void)arg;
	signal_set(SIGUSR1, hear, 0);
	for (int i = 0; i < 30; i++) {
		heard = leaving = 0;
		set_mask(0); /* which a thread begins with */
		thread_start(&leaver, leave_slowly, NULL);
		thread_start(&sleeper, sleep_and_hear, NULL);
		set_mask(1ul << (SIGUSR1 - 1));
		while (!leaving)
			;
		raise(SIGUSR1);
		while (!heard)
			if (syscall(SYS_futex, &heard, FUTEX_WAIT, 0,
				    &patience) == -ETIMEDOUT)
				return 1;
		thread_join(&leaver);
		thread_join(&sleeper);
	}
	return 0;
}

static void test_threads_that_end(void)
{
	child_exits(count_the_queue, NULL, 0,
		    "a thread's signals end with it, and count no more");
	child_exits(signal_the_living, NULL, 0,
		    "a signal that came to a dying thread finds another");
}

/* ---- Who stops wanting a signal ----------------------------------------------- */

static struct thread second_waiter;
static volatile long second_took, second_waited_s;

static long now_s(void)
{
	struct timespec now;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void wait_for_usr2(void *unused)
{
	static const struct timespec long_time = { 20, 0 };
	sigset_t set = SIGNAL_BIT(SIGUSR2);
	long begin = now_s();

	(void)unused;
	second_took = syscall(SYS_rt_sigtimedwait, &set, NULL, &long_time,
			      sizeof(set));
	second_waited_s = now_s() - begin;
}

/* Two signals are sent at once, and both are meant for the first thread, which
 * waits for either. It takes one: the other is the second thread's. */
static void test_handed_on(void)
{
	sigset_t both = SIGNAL_BIT(SIGUSR1) | SIGNAL_BIT(SIGUSR2);
	unsigned long first_cpu = 1;
	long pid = call_getpid(), took, sender;

	set_mask(both);
	syscall(SYS_sched_setaffinity, 0, sizeof(first_cpu), &first_cpu);
	thread_start(&second_waiter, wait_for_usr2, NULL);
	call_nanosleep(&moment, NULL);
	sender = call_fork();
	if (sender == 0) {
		call_nanosleep(&moment, NULL);
		call_kill(pid, SIGUSR1);
		call_kill(pid, SIGUSR2);
		exit(0);
	}
	took = syscall(SYS_rt_sigtimedwait, &both, NULL, NULL, sizeof(both));
	ok(took == SIGUSR1, "sigtimedwait takes one of two");
	thread_join(&second_waiter);
	is(second_took, SIGUSR2, "the other is for the thread that waits");
	ok(second_waited_s < 15, "which is woken at once");
	call_wait4(sender, NULL, 0, NULL);
	set_mask(0);
}

int main(void)
{
	test_kill();
	test_sigaction();
	test_handler();
	test_registers_survive();
	test_mask();
	test_delivery_order();
	test_realtime_queue();
	test_nesting();
	test_handler_mask();
	test_sigsuspend();
	test_restart();
	test_pause();
	test_faults();
	test_simd_fault();
	test_forced();
	test_sigaltstack();
	child_exits(overflow, NULL, 9,
		    "a stack overflow is caught on a signal stack");
	test_sigchld();
	test_stop();
	child_dies(kill_with_all_blocked, NULL, SIGKILL,
		   "SIGKILL cannot be blocked");
	test_fork();
	test_storm();
	test_threads_that_end();
	test_handed_on();
	return tap_done();
}
