/*
 * Tables of file descriptors, from numbers to open files. The threads of a
 * process share one, and fork copies it.
 */
#include "kernel/abi/fcntl.h"
#include "kernel/abi/resource.h"
#include "kernel/fs/file.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/sched/task.h"

#define CAPACITY_MIN 16

/* Makes an empty table with room for `capacity` descriptors. */
static struct files *files_alloc(unsigned capacity)
{
	struct files *files = kzalloc(sizeof(*files));

	if (!files)
		return NULL;
	files->slots = kzalloc(capacity * sizeof(*files->slots));
	if (!files->slots) {
		kfree(files);
		return NULL;
	}
	files->lock = SPINLOCK_INIT(RANK_FILES);
	files->refs = 1;
	files->capacity = capacity;
	files->limit = FILES_MAX;
	files->size_limit = RLIM_INFINITY;
	return files;
}

struct files *files_new(void)
{
	return files_alloc(CAPACITY_MIN);
}

struct files *files_copy(struct files *from)
{
	struct files *files = files_alloc(READ_ONCE(from->capacity));
	unsigned count;

	if (!files)
		return NULL;
	spin_lock(&from->lock);
	/* a table that grew meanwhile got its new files after the fork */
	count = MIN(files->capacity, from->capacity);
	for (unsigned fd = 0; fd < count; fd++) {
		files->slots[fd] = from->slots[fd];
		if (files->slots[fd].file)
			file_get(files->slots[fd].file);
	}
	files->limit = from->limit;
	files->size_limit = from->size_limit;
	spin_unlock(&from->lock);
	return files;
}

void files_get(struct files *files)
{
	atomic_fetch_add(&files->refs, 1);
}

/* Drops what one descriptor of the table referred to; NULL is ignored. */
static void descriptor_drop(struct files *files, struct file *file)
{
	if (!file)
		return;
	HOOK_CALL(descriptor_closed, files, file);
	file_put(file);
}

void files_put(struct files *files)
{
	if (atomic_fetch_sub(&files->refs, 1) != 1)
		return;
	for (unsigned fd = 0; fd < files->capacity; fd++)
		descriptor_drop(files, files->slots[fd].file);
	kfree(files->slots);
	kfree(files);
}

/* The slot of an open descriptor, or NULL. The table's lock is held. */
static struct file_slot *slot_of(struct files *files, int fd)
{
	if ((unsigned)fd >= files->capacity || !files->slots[fd].file)
		return NULL;
	return &files->slots[fd];
}

/* Closes a descriptor of any table. Returns 0 or -EBADF. The file is dropped
 * without the lock, because its end may sleep. */
static int slot_close(struct files *files, int fd)
{
	struct file *file = NULL;
	struct file_slot *slot;

	spin_lock(&files->lock);
	slot = slot_of(files, fd);
	if (slot) {
		file = slot->file;
		*slot = (struct file_slot){ 0 };
	}
	spin_unlock(&files->lock);
	descriptor_drop(files, file);
	return file ? 0 : -EBADF;
}

void files_close_on_exec(struct files *files)
{
	for (unsigned fd = 0; fd < files->capacity; fd++)
		if (files->slots[fd].close_on_exec)
			slot_close(files, (int)fd);
}

struct file *files_get_file(struct files *files, int fd)
{
	struct file *file = NULL;
	struct file_slot *slot;

	spin_lock(&files->lock);
	slot = slot_of(files, fd);
	if (slot)
		file = file_get(slot->file);
	spin_unlock(&files->lock);
	return file;
}

struct file *fd_get(int fd)
{
	return files_get_file(current_task()->files, fd);
}

/* Makes room for descriptor `fd`. Returns 0 or -ENOMEM. No lock is held. */
static int files_grow(struct files *files, unsigned fd)
{
	unsigned capacity = CAPACITY_MIN;
	struct file_slot *slots, *old;

	while (capacity <= fd)
		capacity *= 2;
	slots = kzalloc(capacity * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	spin_lock(&files->lock);
	old = slots;
	if (files->capacity < capacity) {
		old = files->slots;
		memcpy(slots, old, files->capacity * sizeof(*slots));
		files->slots = slots;
		files->capacity = capacity;
	}
	spin_unlock(&files->lock);
	kfree(old);
	return 0;
}

/* Puts `file` into the lowest free slot from *from on. Returns its number,
 * -EMFILE, or -ENOMEM when the table must first grow to hold *from. */
static int slot_fill(struct files *files, struct file *file, unsigned *from,
		     bool close_on_exec)
{
	unsigned fd = *from;
	int result = -ENOMEM;

	spin_lock(&files->lock);
	while (fd < files->capacity && files->slots[fd].file)
		fd++;
	if (fd >= files->limit) {
		result = -EMFILE;
	} else if (fd < files->capacity) {
		files->slots[fd].file = file;
		files->slots[fd].close_on_exec = close_on_exec;
		result = (int)fd;
	}
	*from = fd;
	spin_unlock(&files->lock);
	return result;
}

int fd_install(struct file *file, int from, bool close_on_exec)
{
	struct files *files = current_task()->files;
	unsigned start = (unsigned)from;
	int fd = -EINVAL;

	if (start < files->limit) {
		fd = slot_fill(files, file, &start, close_on_exec);
		while (fd == -ENOMEM && files_grow(files, start) == 0)
			fd = slot_fill(files, file, &start, close_on_exec);
	}
	if (fd < 0)
		file_put(file);
	return fd;
}

int fd_close(int fd)
{
	return slot_close(current_task()->files, fd);
}

int fd_duplicate_to(int from, int to, bool close_on_exec)
{
	struct files *files = current_task()->files;
	struct file *old = NULL;
	struct file_slot *slot;

	if ((unsigned)to >= files->limit)
		return -EBADF;
	if ((unsigned)to >= files->capacity && files_grow(files, (unsigned)to))
		return -ENOMEM;
	spin_lock(&files->lock);
	slot = slot_of(files, from);
	if (slot) {
		old = files->slots[to].file;
		files->slots[to].file = file_get(slot->file);
		files->slots[to].close_on_exec = close_on_exec;
	}
	spin_unlock(&files->lock);
	descriptor_drop(files, old);
	return slot ? to : -EBADF;
}

int fd_flags(int fd)
{
	struct files *files = current_task()->files;
	struct file_slot *slot;
	int flags = -EBADF;

	spin_lock(&files->lock);
	slot = slot_of(files, fd);
	if (slot)
		flags = slot->close_on_exec ? FD_CLOEXEC : 0;
	spin_unlock(&files->lock);
	return flags;
}

int fd_set_flags(int fd, bool close_on_exec)
{
	struct files *files = current_task()->files;
	struct file_slot *slot;

	spin_lock(&files->lock);
	slot = slot_of(files, fd);
	if (slot)
		slot->close_on_exec = close_on_exec;
	spin_unlock(&files->lock);
	return slot ? 0 : -EBADF;
}
