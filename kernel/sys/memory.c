/*
 * mmap(2), munmap(2), mprotect(2) and brk(2): arguments are checked here,
 * kernel/mm/map.c does the rest.
 */
#include "kernel/sys/memory.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/fs/file.h"
#include "kernel/lib/saturate.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/space.h"
#include "kernel/process/process.h"
#include "kernel/sys/table.h"

#define PROT_ALL (PROT_READ | PROT_WRITE | PROT_EXEC)

/* What MAP_SHARED_VALIDATE accepts; the other types pass over unknown flags. */
#define MAP_KNOWN                                                           \
	(MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_32BIT | MAP_GROWSDOWN | \
	 MAP_DENYWRITE | MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE |      \
	 MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB)

struct file *(*shared_memory_new)(size_t size);

/* Is `size` more above what the space has reached beyond a limit? `start` is 0, or
 * where the new memory replaces what is there. */
static bool exceeds(unsigned resource, uaddr_t start, size_t size, bool data)
{
	uint64_t limit = current_process()->limits[resource].rlim_cur;

	if (limit == RLIM_INFINITY)
		return false;
	return add_saturated(space_mapped_size(current_task()->space, start,
					       size, data),
			     ALIGN_UP(size, PAGE_SIZE)) > limit;
}

bool memory_is_too_much(uaddr_t hint, size_t size, unsigned prot,
			unsigned map_flags)
{
	uaddr_t start = map_flags & MAP_FIXED ? hint : 0;
	bool writable = prot & PROT_WRITE;

	if (size > USER_END)
		return true;
	if (writable && !(map_flags & MAP_NORESERVE) &&
	    size / PAGE_SIZE > frame_count_total())
		return true;
	return exceeds(RLIMIT_AS, start, size, false) ||
	       (writable && !(map_flags & MAP_SHARED) &&
		exceeds(RLIMIT_DATA, start, size, true));
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
	if (flags & MAP_SHARED)
		return map_shared(hint, size, prot, max_prot, flags);
	return space_mmap(current_task()->space, hint, size, prot, max_prot,
			  flags, &anonymous_ops, NULL, 0);
}

static long map_file(struct file *file, uaddr_t hint, size_t size,
		     unsigned prot, unsigned flags, uint64_t offset)
{
	unsigned max_prot = PROT_ALL;

	if ((flags & MAP_TYPE) == MAP_SHARED_VALIDATE && flags & ~MAP_KNOWN)
		return -EOPNOTSUPP;
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
	if (!size || type == 0 || type > MAP_SHARED_VALIDATE ||
	    (!file && type == MAP_SHARED_VALIDATE))
		result = -EINVAL;
	else if (offset + size < offset)
		result = -EOVERFLOW;
	else if (memory_is_too_much(hint, size,
				    file && type != MAP_PRIVATE ? 0 : prot,
				    flags))
		result = -ENOMEM;
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
	    memory_is_too_much(0, wanted - space->brk, PROT_WRITE, 0))
		return (long)space->brk;
	return (long)space_brk(space, wanted);
}
SYSCALL(brk);
