/*
 * The system calls on files: section 2 of the manual says what each does. They
 * look up descriptors and paths, copy arguments, and leave the rest to fs/.
 */
#ifndef KERNEL_SYS_FILE_H
#define KERNEL_SYS_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/types.h"

struct file;

/* transfer.c */
long sys_read(int fd, uaddr_t to, size_t size);
long sys_write(int fd, uaddr_t from, size_t size);
long sys_pread64(int fd, uaddr_t to, size_t size, int64_t position);
long sys_pwrite64(int fd, uaddr_t from, size_t size, int64_t position);
long sys_readv(int fd, uaddr_t vectors, uint64_t count);
long sys_writev(int fd, uaddr_t vectors, uint64_t count);
long sys_lseek(int fd, int64_t offset, int whence);
long sys_getdents64(int fd, uaddr_t to, uint32_t size);
long sys_getrandom(uaddr_t to, size_t size, unsigned flags);

/* open.c */
long sys_open(uaddr_t path, unsigned flags, uint32_t mode);
long sys_openat(int directory, uaddr_t path, unsigned flags, uint32_t mode);
long sys_creat(uaddr_t path, uint32_t mode);
long sys_close(int fd);
long sys_close_range(unsigned first, unsigned last, unsigned flags);
long sys_dup(int fd);
long sys_dup2(int from, int to);
long sys_dup3(int from, int to, unsigned flags);
long sys_pipe(uaddr_t fds);
long sys_pipe2(uaddr_t fds, unsigned flags);
long sys_fcntl(int fd, unsigned command, uint64_t argument);
long sys_ioctl(int fd, unsigned request, uaddr_t argument);
long sys_fsync(int fd); /* fdatasync too: all is in memory */
long sys_sync(void);

/* lock.c */
long sys_flock(int fd, int operation);
long fcntl_lock(struct file *file, unsigned command, uaddr_t address);

/* tree.c */
long sys_mkdir(uaddr_t path, uint32_t mode);
long sys_mkdirat(int directory, uaddr_t path, uint32_t mode);
long sys_mknod(uaddr_t path, uint32_t mode, uint32_t device);
long sys_mknodat(int directory, uaddr_t path, uint32_t mode, uint32_t device);
long sys_rmdir(uaddr_t path);
long sys_unlink(uaddr_t path);
long sys_unlinkat(int directory, uaddr_t path, unsigned flags);
long sys_symlink(uaddr_t target, uaddr_t path);
long sys_symlinkat(uaddr_t target, int directory, uaddr_t path);
long sys_link(uaddr_t from, uaddr_t to);
long sys_linkat(int from_directory, uaddr_t from, int to_directory, uaddr_t to,
		unsigned flags);
long sys_rename(uaddr_t from, uaddr_t to);
long sys_renameat(int from_directory, uaddr_t from, int to_directory,
		  uaddr_t to);
long sys_renameat2(int from_directory, uaddr_t from, int to_directory,
		   uaddr_t to, unsigned flags);
long sys_readlink(uaddr_t path, uaddr_t to, int size);
long sys_readlinkat(int directory, uaddr_t path, uaddr_t to, int size);
long sys_getcwd(uaddr_t to, size_t size);
long sys_chdir(uaddr_t path);
long sys_fchdir(int fd);
long sys_umask(uint32_t mask);

/* attributes.c */
long sys_stat(uaddr_t path, uaddr_t to);
long sys_lstat(uaddr_t path, uaddr_t to);
long sys_fstat(int fd, uaddr_t to);
long sys_newfstatat(int directory, uaddr_t path, uaddr_t to, unsigned flags);
long sys_access(uaddr_t path, unsigned mode);
long sys_faccessat(int directory, uaddr_t path, unsigned mode);
long sys_faccessat2(int directory, uaddr_t path, unsigned mode, unsigned flags);
long sys_chmod(uaddr_t path, uint32_t mode);
long sys_fchmod(int fd, uint32_t mode);
long sys_fchmodat(int directory, uaddr_t path, uint32_t mode);
long sys_chown(uaddr_t path, uint32_t uid, uint32_t gid);
long sys_lchown(uaddr_t path, uint32_t uid, uint32_t gid);
long sys_fchown(int fd, uint32_t uid, uint32_t gid);
long sys_fchownat(int directory, uaddr_t path, uint32_t uid, uint32_t gid,
		  unsigned flags);
long sys_utimensat(int directory, uaddr_t path, uaddr_t times, unsigned flags);
long sys_truncate(uaddr_t path, int64_t size);
long sys_ftruncate(int fd, int64_t size);
long sys_statfs(uaddr_t path, uaddr_t to);
long sys_fstatfs(int fd, uaddr_t to);
long sys_no_xattr(void); /* all twelve of xattr(7) */

/* multiplex.c */
long sys_poll(uaddr_t fds, unsigned count, int timeout_ms);
long sys_ppoll(uaddr_t fds, unsigned count, uaddr_t timeout, uaddr_t mask,
	       size_t mask_size);
long sys_select(int count, uaddr_t in, uaddr_t out, uaddr_t except,
		uaddr_t timeout);
long sys_pselect6(int count, uaddr_t in, uaddr_t out, uaddr_t except,
		  uaddr_t timeout, uaddr_t mask);

/* event.c */
long sys_epoll_create1(int flags);
long sys_epoll_create(int size);
long sys_epoll_ctl(int fd, int operation, int watched_fd, uaddr_t event);
long sys_epoll_wait(int fd, uaddr_t to, int max, int timeout_ms);
long sys_epoll_pwait(int fd, uaddr_t to, int max, int timeout_ms, uaddr_t mask,
		     size_t mask_size);
long sys_eventfd(uint32_t count);
long sys_eventfd2(uint32_t count, int flags);

#endif
