/*
 * mmap(2), munmap(2), mprotect(2) and brk(2): arguments are checked here,
 * kernel/mm/map.c does the rest.
 */
#include "kernel/sys/memory.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/fs/file.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/space.h"
#include "kernel/sched/task.h"
#include "kernel/sys/table.h"

#define PROT_ALL (PROT_READ | PROT_WRITE | PROT_EXEC)

struct file *(*shared_memory_new)(size_t size);

bool memory_is_too_much(size_t size, unsigned prot, unsigned flags)
{
	return (prot & PROT_WRITE) && !(flags & MAP_NORESERVE) &&
	       size / PAGE_SIZE > frame_count_total();
}

/* Shared anonymous memory is a file that has no name. */
static long map_shared(uaddr_t hint, size_t size, unsigned prot,
		       unsigned max_prot, unsigned flags)
{
	struct file *file;
	long result;

	if (!shared_memory_new)
		return -ENODEV;
	file = shared_memory_new(size);
	if (!file)
		return -ENOMEM;
	result = space_mmap(current_task()->space, hint, size, prot, max_prot,
			    flags, file->ops->map_ops, file_get(file), 0);
	file_put(file);
	return result;
}

static long map_anonymous(uaddr_t hint, size_t size, unsigned prot,
			  unsigned max_prot, unsigned flags)
{
	if (memory_is_too_much(size, prot, flags))
		return -ENOMEM;
	if (flags & MAP_SHARED)
		return map_shared(hint, size, prot, max_prot, flags);
	return space_mmap(current_task()->space, hint, size, prot, max_prot,
			  flags, &anonymous_ops, NULL, 0);
}

static long map_file(struct file *file, uaddr_t hint, size_t size,
		     unsigned prot, unsigned flags, uint64_t offset)
{
	unsigned max_prot = PROT_ALL;

	if (!file_readable(file))
		return -EACCES;
	if ((flags & MAP_SHARED) && !file_writable(file))
		max_prot &= ~PROT_WRITE;
	if (prot & ~max_prot)
		return -EACCES;
	if (!file->ops->map_ops)
		return -ENODEV;
	if (file->ops->map_ops == &anonymous_ops) /* /dev/zero */
		return map_anonymous(hint, size, prot, max_prot, flags);
	return space_mmap(current_task()->space, hint, size, prot, max_prot,
			  flags, file->ops->map_ops, file_get(file), offset);
}

static long sys_mmap(uaddr_t hint, size_t size, unsigned prot, unsigned flags,
		     int fd, uint64_t offset)
{
	unsigned type = flags & MAP_TYPE;
	struct file *file = NULL;
	long result;

	prot &= PROT_ALL;
	if (offset % PAGE_SIZE)
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		file = fd_get(fd);
		if (!file)
			return -EBADF;
	}
	if (!size || type == 0 || type > MAP_SHARED_VALIDATE)
		result = -EINVAL;
	else if (offset + size < offset)
		result = -EOVERFLOW;
	else if (file)
		result = map_file(file, hint, size, prot, flags, offset);
	else
		result = map_anonymous(hint, size, prot, PROT_ALL, flags);
	file_put(file);
	return result;
}
SYSCALL(mmap);

static long sys_munmap(uaddr_t start, size_t size)
{
	return space_unmap(current_task()->space, start, size);
}
SYSCALL(munmap);

static long sys_mprotect(uaddr_t start, size_t size, unsigned prot)
{
	if (prot & ~(unsigned)PROT_ALL)
		return -EINVAL;
	return space_protect(current_task()->space, start, size, prot);
}
SYSCALL(mprotect);

static long sys_brk(uaddr_t wanted)
{
	struct space *space = current_task()->space;

	if (wanted > space->brk &&
	    memory_is_too_much(wanted - space->brk, PROT_WRITE, 0))
		return (long)space->brk;
	return (long)space_brk(space, wanted);
}
SYSCALL(brk);
