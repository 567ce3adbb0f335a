/*
 * System calls on descriptors: opening, closing and copying them, their flags,
 * and requests to devices (ioctl(2)).
 */
#include "kernel/abi/fcntl.h"
#include "kernel/fs/pipe.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/task.h"
#include "kernel/sys/table.h"
#include "kernel/sys/user_path.h"

#define SETTABLE_FLAGS (O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME)

/* ---- Opening and closing ----------------------------------------------------- */

/* A file that is made gets the mode without the bits of the umask. */
static long sys_openat(int directory, uaddr_t address, unsigned flags,
		       uint32_t mode)
{
	struct user_path path;
	struct file *file;
	int error = user_path_get(&path, directory, address);

	if (error)
		return error;
	mode &= ~READ_ONCE(current_task()->fs->umask);
	file = path_open(path.base, path.text, flags | O_LARGEFILE, mode,
			 &error);
	user_path_put(&path);
	if (!file)
		return error;
	return fd_install(file, 0, flags & O_CLOEXEC);
}
SYSCALL(openat);

static long sys_open(uaddr_t path, unsigned flags, uint32_t mode)
{
	return sys_openat(AT_FDCWD, path, flags, mode);
}
SYSCALL(open);

static long sys_creat(uaddr_t path, uint32_t mode)
{
	return sys_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
SYSCALL(creat);

static long sys_close(int fd)
{
	return fd_close(fd);
}
SYSCALL(close);

/* ---- Copies of descriptors --------------------------------------------------- */

/* Gives the file a second descriptor, the lowest free one that is at least
 * `from`. */
static long duplicate(int fd, int from, bool close_on_exec)
{
	struct file *file = fd_get(fd);

	return file ? fd_install(file, from, close_on_exec) : -EBADF;
}

static long sys_dup(int fd)
{
	return duplicate(fd, 0, false);
}
SYSCALL(dup);

/* A copy with the number `to`, whose old file is closed first. */
static long sys_dup2(int from, int to)
{
	if (from == to)
		return fd_flags(from) < 0 ? -EBADF : to;
	return fd_duplicate_to(from, to, false);
}
SYSCALL(dup2);

/* Makes a pipe and writes its two descriptors to `to`: reading end, writing end. */
static long sys_pipe2(uaddr_t to, unsigned flags)
{
	bool close_on_exec = flags & O_CLOEXEC;
	struct file *ends[2];
	int32_t fds[2];
	int error;

	if (flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	error = pipe_create(ends, flags & O_NONBLOCK);
	if (error)
		return error;
	fds[0] = fd_install(ends[0], 0, close_on_exec);
	fds[1] = fd_install(ends[1], 0, close_on_exec);
	error = MIN(MIN(fds[0], fds[1]), 0);
	if (!error)
		error = copy_to_user(to, fds, sizeof(fds));
	if (!error)
		return 0;
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			fd_close(fds[i]);
	return error;
}
SYSCALL(pipe2);

static long sys_pipe(uaddr_t fds)
{
	return sys_pipe2(fds, 0);
}
SYSCALL(pipe);

/* ---- Flags and requests ------------------------------------------------------ */

/* Sets those flags of a file that F_SETFL may change. */
static void set_flags(struct file *file, unsigned flags)
{
	unsigned old = READ_ONCE(file->flags), new;

	do {
		new = (old & ~(unsigned)SETTABLE_FLAGS) |
		      (flags & SETTABLE_FLAGS);
	} while (!atomic_compare_exchange(&file->flags, &old, new));
}

/* The commands about the file itself. The parts know further ones, and may
 * refuse flags. */
static long fcntl_file(const struct fcntl_call *call)
{
	long result = call->command == F_SETFL ? 0 : -EINVAL;

	if (call->command == F_GETFL)
		return (long)READ_ONCE(call->file->flags);
	HOOK_CALL(file_fcntl, call, &result);
	if (call->command == F_SETFL && !result)
		set_flags(call->file, (unsigned)call->argument);
	return result;
}

/* The commands about the descriptor. */
static long sys_fcntl(int fd, unsigned command, uint64_t argument)
{
	struct file *file;
	long result;

	switch (command) {
	case F_GETFD:
		return fd_flags(fd);
	case F_SETFD:
		return fd_set_flags(fd, argument & FD_CLOEXEC);
	case F_DUPFD:
		return duplicate(fd, (int)argument, false);
	case F_DUPFD_CLOEXEC:
		return duplicate(fd, (int)argument, true);
	}
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	result =
		fcntl_file(&(struct fcntl_call){ fd, file, command, argument });
	file_put(file);
	return result;
}
SYSCALL(fcntl);

/* A request to a device: what it means is the file's to say. */
static long sys_ioctl(int fd, unsigned request, uaddr_t argument)
{
	struct file *file = fd_get(fd);
	struct fcntl_call call = { fd, file, request, argument };
	long result = -ENOTTY;

	if (!file)
		return -EBADF;
	HOOK_CALL(file_ioctl, &call, &result);
	if (result == -ENOTTY && file->ops->ioctl)
		result = file->ops->ioctl(file, request, argument);
	file_put(file);
	return result;
}
SYSCALL(ioctl);
