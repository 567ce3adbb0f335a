/*
 * System calls: syscall(number, up to six arguments), and a wrapper for each
 * that programs here use, named call_ and POSIX's name (sys_ is the kernel's
 * side: a breakpoint on sys_write stops there alone).  All return what the
 * kernel returns: zero or more, or -errno.  There is no errno variable.
 */
#ifndef USER_LIB_SYSCALL_H
#define USER_LIB_SYSCALL_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/dirent.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/mman.h"
#include "kernel/abi/poll.h"
#include "kernel/abi/resource.h"
#include "kernel/abi/sched.h"
#include "kernel/abi/signal.h"
#include "kernel/abi/stat.h"
#include "kernel/abi/syscall.h"
#include "kernel/abi/time.h"
#include "kernel/abi/uio.h"
#include "kernel/abi/utsname.h"
#include "kernel/abi/wait.h"

/*
 * Number in rax, arguments in rdi rsi rdx r10 r8 r9, result in rax; SYSCALL
 * itself overwrites rcx and r11 (System V ABI A.2.1).
 */
static inline __attribute__((always_inline)) long syscall6(long number, long a,
							   long b, long c,
							   long d, long e,
							   long f)
{
	register long r10 asm("r10") = d;
	register long r8 asm("r8") = e;
	register long r9 asm("r9") = f;
	long result;

	asm volatile("syscall"
		     : "=a"(result)
		     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
		       "r"(r9)
		     : "rcx", "r11", "memory");
	return result;
}

#define SYSCALL_PADDED(n, a, b, c, d, e, f, ...)                           \
	syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), \
		 (long)(f))
#define syscall(...) SYSCALL_PADDED(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* Files */

static inline long call_open(const char *path, int flags, int mode)
{
	return syscall(SYS_open, path, flags, mode);
}

static inline long call_openat(int dir, const char *path, int flags, int mode)
{
	return syscall(SYS_openat, dir, path, flags, mode);
}

static inline long call_close(int fd)
{
	return syscall(SYS_close, fd);
}

static inline long call_read(int fd, void *buf, size_t len)
{
	return syscall(SYS_read, fd, buf, len);
}

static inline long call_write(int fd, const void *buf, size_t len)
{
	return syscall(SYS_write, fd, buf, len);
}

static inline long call_pread64(int fd, void *buf, size_t len, long offset)
{
	return syscall(SYS_pread64, fd, buf, len, offset);
}

static inline long call_pwrite64(int fd, const void *buf, size_t len,
				 long offset)
{
	return syscall(SYS_pwrite64, fd, buf, len, offset);
}

static inline long call_readv(int fd, const struct iovec *iov, int count)
{
	return syscall(SYS_readv, fd, iov, count);
}

static inline long call_writev(int fd, const struct iovec *iov, int count)
{
	return syscall(SYS_writev, fd, iov, count);
}

static inline long call_lseek(int fd, long offset, int whence)
{
	return syscall(SYS_lseek, fd, offset, whence);
}

static inline long call_ioctl(int fd, unsigned long request, void *arg)
{
	return syscall(SYS_ioctl, fd, request, arg);
}

static inline long call_fcntl(int fd, int command, long arg)
{
	return syscall(SYS_fcntl, fd, command, arg);
}

static inline long call_dup(int fd)
{
	return syscall(SYS_dup, fd);
}

static inline long call_dup2(int from, int to)
{
	return syscall(SYS_dup2, from, to);
}

static inline long call_pipe2(int fds[2], int flags)
{
	return syscall(SYS_pipe2, fds, flags);
}

static inline long call_poll(struct pollfd *fds, unsigned count, int timeout)
{
	return syscall(SYS_poll, fds, count, timeout);
}

static inline long call_stat(const char *path, struct stat *stat)
{
	return syscall(SYS_stat, path, stat);
}

static inline long call_fstat(int fd, struct stat *stat)
{
	return syscall(SYS_fstat, fd, stat);
}

static inline long call_getdents64(int fd, void *buf, size_t size)
{
	return syscall(SYS_getdents64, fd, buf, size);
}

static inline long call_getcwd(char *buf, size_t size)
{
	return syscall(SYS_getcwd, buf, size);
}

static inline long call_chdir(const char *path)
{
	return syscall(SYS_chdir, path);
}

static inline long call_mkdir(const char *path, int mode)
{
	return syscall(SYS_mkdir, path, mode);
}

static inline long call_rmdir(const char *path)
{
	return syscall(SYS_rmdir, path);
}

static inline long call_unlink(const char *path)
{
	return syscall(SYS_unlink, path);
}

static inline long call_rename(const char *from, const char *to)
{
	return syscall(SYS_rename, from, to);
}

/* Memory */

/* The mapping's address, or -errno (see is_error()). */
static inline void *call_mmap(void *addr, size_t len, int prot, int flags,
			      int fd, long offset)
{
	return (void *)syscall(SYS_mmap, addr, len, prot, flags, fd, offset);
}

/* Whether a pointer from call_mmap() is an error: -4095 to -1. */
static inline int is_error(const void *pointer)
{
	return (uintptr_t)pointer >= (uintptr_t)-4095;
}

static inline long call_munmap(void *addr, size_t len)
{
	return syscall(SYS_munmap, addr, len);
}

static inline long call_mprotect(void *addr, size_t len, int prot)
{
	return syscall(SYS_mprotect, addr, len, prot);
}

/* The new end of the heap, or the old one when it cannot be moved. */
static inline long call_brk(void *end)
{
	return syscall(SYS_brk, end);
}

/* Processes */

static inline long call_getpid(void)
{
	return syscall(SYS_getpid);
}

static inline long call_getppid(void)
{
	return syscall(SYS_getppid);
}

static inline long call_setsid(void)
{
	return syscall(SYS_setsid);
}

static inline long call_fork(void)
{
	return syscall(SYS_fork);
}

static inline long call_execve(const char *path, char *const argv[],
			       char *const envp[])
{
	return syscall(SYS_execve, path, argv, envp);
}

static inline _Noreturn void call_exit_group(int status)
{
	for (;;)
		syscall(SYS_exit_group, status);
}

static inline long call_wait4(int pid, int *status, int options,
			      struct rusage *usage)
{
	return syscall(SYS_wait4, pid, status, options, usage);
}

static inline long call_sched_yield(void)
{
	return syscall(SYS_sched_yield);
}

static inline long call_uname(struct utsname *name)
{
	return syscall(SYS_uname, name);
}

static inline long call_sync(void)
{
	return syscall(SYS_sync);
}

/* Signals */

static inline long call_kill(int pid, int sig)
{
	return syscall(SYS_kill, pid, sig);
}

static inline long call_rt_sigaction(int sig,
				     const struct kernel_sigaction *action,
				     struct kernel_sigaction *old)
{
	return syscall(SYS_rt_sigaction, sig, action, old, sizeof(sigset_t));
}

static inline long call_rt_sigprocmask(int how, const sigset_t *set,
				       sigset_t *old)
{
	return syscall(SYS_rt_sigprocmask, how, set, old, sizeof(sigset_t));
}

static inline long call_sigaltstack(const stack_t *stack, stack_t *old)
{
	return syscall(SYS_sigaltstack, stack, old);
}

/* Time; clock_gettime() and its like are in vsyscall.h */

static inline long call_nanosleep(const struct timespec *time,
				  struct timespec *rest)
{
	return syscall(SYS_nanosleep, time, rest);
}

#endif
