/*
 * mmap and its kin: arguments are checked here, kernel/mm/map.c does the rest.
 */

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/fs/file.h"
#include "kernel/fs/ramfs.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/uaccess.h"
#include "kernel/mm/space.h"
#include "kernel/sched/task.h"
#include "kernel/sys/table.h"

#define MEMFD_NAME_MAX 249 /* without the NUL, as on Linux */

#define PROT_ALL (PROT_READ | PROT_WRITE | PROT_EXEC)

/* Obviously more than there could ever be, and to be written to. */
static bool is_too_much(size_t size, unsigned prot, unsigned flags)
{
	return (prot & PROT_WRITE) && !(flags & MAP_NORESERVE) &&
	       size / PAGE_SIZE > frame_count_total();
}

/* Shared anonymous memory is a file that has no name. */
static long map_shared(uaddr_t hint, size_t size, unsigned prot, unsigned flags)
{
	struct file *file = ramfs_new_file("/dev/zero", size);
	long result;

	if (!file)
		return -ENOMEM;
	result = space_mmap(current_task()->space, hint, size, prot, PROT_ALL,
			    flags, file->ops->map_ops, file_get(file), 0);
	file_put(file);
	return result;
}

static long map_anonymous(uaddr_t hint, size_t size, unsigned prot,
			  unsigned flags)
{
	if (is_too_much(size, prot, flags))
		return -ENOMEM;
	if (flags & MAP_SHARED)
		return map_shared(hint, size, prot, flags);
	return space_mmap(current_task()->space, hint, size, prot, PROT_ALL,
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
		return map_anonymous(hint, size, prot, flags);
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
		result = map_anonymous(hint, size, prot, flags);
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
	    is_too_much(wanted - space->brk, PROT_WRITE, 0))
		return (long)space->brk;
	return (long)space_brk(space, wanted);
}
SYSCALL(brk);

/* Most advice is for machines that page to a disk. */
static long sys_madvise(uaddr_t start, size_t size, int advice)
{
	struct space *space = current_task()->space;

	if (start % PAGE_SIZE)
		return -EINVAL;
	switch (advice) {
	case MADV_DONTNEED:
		return space_discard(space, start, size);
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_FREE:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_MERGEABLE:
	case MADV_UNMERGEABLE:
		return space_check_mapped(space, start, size);
	default:
		return -EINVAL;
	}
}
SYSCALL(madvise);

/* Files are in memory: what is mapped is the file. */
static long sys_msync(uaddr_t start, size_t size, int flags)
{
	if (start % PAGE_SIZE ||
	    (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)))
		return -EINVAL;
	if ((flags & MS_ASYNC) && (flags & MS_SYNC))
		return -EINVAL;
	return space_check_mapped(current_task()->space, start, size);
}
SYSCALL(msync);

static long sys_mremap(uaddr_t start, size_t size, size_t new_size,
		       unsigned flags, uaddr_t target)
{
	if (new_size > size && new_size <= USER_END &&
	    is_too_much(new_size - size, PROT_WRITE, 0))
		return -ENOMEM;
	return space_remap(current_task()->space, start, size, new_size, flags,
			   target);
}
SYSCALL(mremap);

static long sys_memfd_create(uaddr_t from, unsigned flags)
{
	char name[MEMFD_NAME_MAX + 10] = "/memfd:";
	struct file *file;
	long length;

	if (flags & ~(unsigned)(MFD_CLOEXEC | MFD_ALLOW_SEALING))
		return -EINVAL;
	length = strncpy_from_user(name + 7, from, MEMFD_NAME_MAX + 1);
	if (length < 0)
		return length == -ENAMETOOLONG ? -EINVAL : length;
	file = ramfs_new_file(name, 0);
	return file ? fd_install(file, 0, flags & MFD_CLOEXEC) : -ENOMEM;
}
SYSCALL(memfd_create);
