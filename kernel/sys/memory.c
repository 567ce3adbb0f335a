/*
 * mmap(2), munmap(2) and mprotect(2): arguments are checked here,
 * kernel/mm/map.c does the rest.
 */
#include "kernel/sys/memory.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/abi/vgetrandom.h"
#include "kernel/fs/file.h"
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
const struct area_ops *droppable_ops;
bool (*memory_over_limit)(uaddr_t start, size_t size, bool data);

bool memory_is_too_much(uaddr_t hint, size_t size, unsigned prot,
			unsigned map_flags)
{
	bool writable = prot & PROT_WRITE;

	if (size > USER_END)
		return true;
	if (writable && !(map_flags & MAP_NORESERVE) &&
	    size / PAGE_SIZE > frame_count_total())
		return true;
	return memory_over_limit &&
	       memory_over_limit(map_flags & MAP_FIXED ? hint : 0, size,
				 writable && !(map_flags & MAP_SHARED));
}

/* Gives an area shared anonymous memory, which is a file without a name. */
static int use_shared_memory(struct area *area, size_t size)
{
	struct file *file;

	if (!shared_memory_new)
		return -ENODEV;
	file = shared_memory_new(size);
	if (!file)
		return -ENOMEM;
	area->ops = file->ops->map_ops;
	area->object = file;
	return 0;
}

/* Makes an area a mapping of `file`, with a reference to it. */
static int use_file(struct area *area, struct file *file, unsigned flags)
{
	if ((flags & MAP_TYPE) == MAP_SHARED_VALIDATE && flags & ~MAP_KNOWN)
		return -EOPNOTSUPP;
	if (!file_readable(file))
		return -EACCES;
	if ((flags & MAP_SHARED) && !file_writable(file))
		area->max_prot &= ~PROT_WRITE;
	if (area->prot & ~area->max_prot)
		return -EACCES;
	if (!file->ops->map_ops)
		return -ENODEV;
	area->ops = file->ops->map_ops;
	if (area->ops != &anonymous_ops) /* which are those of /dev/zero */
		area->object = file_get(file);
	return 0;
}

/* Maps `file`, or anonymous memory for NULL. */
static long map(struct area *area, struct file *file, unsigned flags)
{
	size_t size = area->end - area->start;
	int error = 0;

	if (memory_is_too_much(area->start, size,
			       file && flags & MAP_SHARED ? 0 : area->prot,
			       flags))
		return -ENOMEM;
	if (file)
		error = use_file(area, file, flags);
	if (!error && flags & MAP_SHARED && !area->object)
		error = use_shared_memory(area, size);
	return error ?: space_map(current_task()->space, area, flags);
}

/* Is there this type of mapping, of a file or of anonymous memory (NULL)? */
static bool has_type(unsigned type, const struct file *file)
{
	if (type == MAP_DROPPABLE)
		return !file && droppable_ops;
	return type && type <= (file ? MAP_SHARED_VALIDATE : MAP_PRIVATE);
}

/* Maps a file or anonymous memory. Pages are brought in later, by faults. */
static long sys_mmap(uaddr_t hint, size_t size, unsigned prot, unsigned flags,
		     int fd, uint64_t offset)
{
	unsigned type = flags & MAP_TYPE;
	struct file *file = NULL;
	struct area area = {
		.start = hint,
		.end = hint + size,
		.prot = prot & PROT_ALL,
		.max_prot = PROT_ALL,
		.flags = flags & MAP_SHARED ? AREA_SHARED : 0,
		.ops = &anonymous_ops,
		.offset = flags & MAP_ANONYMOUS ? 0 : offset,
	};
	long result;

	if (offset % PAGE_SIZE)
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		file = fd_get(fd);
		if (!file)
			return -EBADF;
	}
	if (type == MAP_DROPPABLE) {
		area.ops = droppable_ops;
		area.flags = AREA_WIPED_BY_FORK;
	}
	if (!size || !has_type(type, file))
		result = -EINVAL;
	else if (offset + size < offset)
		result = -EOVERFLOW;
	else
		result = map(&area, file, flags);
	file_put(file);
	return result;
}
SYSCALL(mmap);

static long sys_munmap(uaddr_t start, size_t size)
{
	return space_unmap(current_task()->space, start, size);
}
SYSCALL(munmap);

/* Changes the protection of all pages in the range. */
static long sys_mprotect(uaddr_t start, size_t size, unsigned prot)
{
	if (prot & ~(unsigned)PROT_ALL)
		return -EINVAL;
	return space_protect(current_task()->space, start, size, prot);
}
SYSCALL(mprotect);
