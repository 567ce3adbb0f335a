/*
 * The one table of system calls, and the dispatcher that reads it. A handler
 * has the parameters that it needs; the dispatcher passes all six registers,
 * and the upper halves of those it takes as int are its own business (System V
 * ABI 3.2.3).
 */
#include "kernel/sys/table.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/syscall.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/poison.h"
#include "kernel/lib/bitmap.h"
#include "kernel/sched/task.h"
#include "kernel/sys/credentials.h"
#include "kernel/sys/file.h"
#include "kernel/sys/memory.h"
#include "kernel/sys/process.h"
#include "kernel/sys/scheduling.h"
#include "kernel/sys/signal.h"
#include "kernel/sys/syscall32.h"
#include "kernel/sys/system.h"
#include "kernel/sys/thread.h"
#include "kernel/sys/time.h"
#include "kernel/sys/timer.h"
#include "kernel/sys/usage.h"

#define CALL(name) [SYS_##name] = (syscall_handler *)(void (*)(void))sys_##name
#define CALL_AS(name, function) \
	[SYS_##name] = (syscall_handler *)(void (*)(void))sys_##function

/* clang-format off */
static syscall_handler *const table[] = {
	/* bytes */
	CALL(read), CALL(write), CALL(readv), CALL(writev),
	CALL(pread64), CALL(pwrite64), CALL(lseek), CALL(getdents64),
	CALL(getrandom),

	/* descriptors */
	CALL(open), CALL(openat), CALL(creat), CALL(close), CALL(close_range),
	CALL(dup), CALL(dup2), CALL(dup3), CALL(pipe), CALL(pipe2),
	CALL(fcntl), CALL(flock), CALL(ioctl), CALL(fsync), CALL_AS(fdatasync, fsync),
	CALL(sync), CALL(poll), CALL(ppoll), CALL(select), CALL(pselect6),
	CALL(epoll_create), CALL(epoll_create1), CALL(epoll_ctl),
	CALL(epoll_wait), CALL(epoll_pwait), CALL(eventfd), CALL(eventfd2),

	/* names */
	CALL(mkdir), CALL(mkdirat), CALL(mknod), CALL(mknodat), CALL(rmdir),
	CALL(unlink), CALL(unlinkat), CALL(symlink), CALL(symlinkat),
	CALL(link), CALL(linkat), CALL(rename), CALL(renameat),
	CALL(renameat2), CALL(readlink), CALL(readlinkat), CALL(getcwd),
	CALL(chdir), CALL(fchdir), CALL(umask),

	/* attributes */
	CALL(stat), CALL(lstat), CALL(fstat), CALL(newfstatat),
	CALL(access), CALL(faccessat), CALL(faccessat2), CALL(chmod),
	CALL(fchmod), CALL(fchmodat), CALL(chown), CALL(lchown), CALL(fchown),
	CALL(fchownat), CALL(utimensat), CALL(truncate), CALL(ftruncate),
	CALL(statfs), CALL(fstatfs),
	CALL_AS(setxattr, no_xattr), CALL_AS(lsetxattr, no_xattr),
	CALL_AS(fsetxattr, no_xattr), CALL_AS(getxattr, no_xattr),
	CALL_AS(lgetxattr, no_xattr), CALL_AS(fgetxattr, no_xattr),
	CALL_AS(listxattr, no_xattr), CALL_AS(llistxattr, no_xattr),
	CALL_AS(flistxattr, no_xattr), CALL_AS(removexattr, no_xattr),
	CALL_AS(lremovexattr, no_xattr), CALL_AS(fremovexattr, no_xattr),

	/* memory */
	CALL(mmap), CALL(munmap), CALL(mprotect), CALL(brk), CALL(madvise),
	CALL(msync), CALL(mremap), CALL(memfd_create),

	/* processes */
	CALL(fork), CALL(vfork), CALL(clone), CALL(clone3), CALL(execve),
	CALL(exit), CALL(exit_group), CALL(wait4), CALL(waitid),
	CALL(getpid), CALL(getppid), CALL(gettid), CALL(set_tid_address),
	CALL(setpgid), CALL(getpgid), CALL(getpgrp), CALL(setsid),
	CALL(getsid), CALL(getrusage), CALL(times), CALL(prlimit64),
	CALL(getrlimit), CALL(setrlimit),

	/* threads */
	CALL(sched_yield), CALL(sched_getaffinity), CALL(sched_setaffinity),
	CALL(getcpu),
	CALL(sched_getscheduler), CALL(sched_setscheduler),
	CALL(sched_getparam), CALL(sched_setparam),
	CALL(sched_get_priority_max), CALL(sched_get_priority_min),
	CALL(getpriority), CALL(setpriority),
	CALL(arch_prctl), CALL(prctl), CALL(set_robust_list),
	CALL(get_robust_list), CALL(futex),

	/* users */
	CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid),
	CALL(getresuid), CALL(getresgid), CALL(setuid), CALL(setgid),
	CALL(setreuid), CALL(setregid), CALL(setresuid), CALL(setresgid),
	CALL(getgroups), CALL(setgroups),

	/* signals */
	CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigpending),
	CALL(rt_sigsuspend), CALL(rt_sigtimedwait), CALL(rt_sigqueueinfo),
	CALL(rt_sigreturn), CALL(sigaltstack), CALL(pause), CALL(kill),
	CALL(tkill), CALL(tgkill),

	/* time */
	CALL(clock_gettime), CALL(clock_getres), CALL(clock_settime),
	CALL(gettimeofday), CALL(settimeofday), CALL(time), CALL(nanosleep),
	CALL(clock_nanosleep), CALL(adjtimex), CALL(clock_adjtime),
	CALL(alarm), CALL(getitimer), CALL(setitimer), CALL(timer_create),
	CALL(timer_settime), CALL(timer_gettime), CALL(timer_getoverrun),
	CALL(timer_delete),

	/* the machine */
	CALL(uname), CALL(sysinfo), CALL(reboot), CALL(number_of_the_beast),
};
/* clang-format on */

bool syscall_say_absent;

static long absent(uint32_t number)
{
	static BITMAP(said, SYS_number_of_the_beast + 1);

	if (syscall_say_absent && number <= SYS_number_of_the_beast &&
	    !bitmap_test(said, number)) {
		bitmap_set(said, number);
		kprintf("%s: there is no system call %u\n",
			current_task()->name, number);
	}
	return -ENOSYS;
}

/* Only the low half of the number counts, as in Linux. */
static long dispatch(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
		     uint64_t a4, uint64_t a5)
{
	struct context *context = THIS_CPU->current;
	struct trapframe *tf = (struct trapframe *)context->stack_top - 1;
	uint32_t number = (uint32_t)tf->code;

	long result;

	poison_stack();
	context->syscalls++;
	if (number >= ARRAY_SIZE(table) || !table[number])
		return absent(number);
	result = table[number](a0, a1, a2, a3, a4, a5);
	assert_no_spinlock("a return to ring 3");
	return result;
}

void syscall_init(void)
{
	trap_hooks.syscall = dispatch;
	trap_hooks.syscall32 = syscall32_dispatch;
}
