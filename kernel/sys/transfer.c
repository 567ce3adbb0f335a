/*
 * System calls that move bytes: read(2) and write(2) in their forms, lseek(2),
 * and reading directories.
 */
#include "kernel/abi/dirent.h"
#include "kernel/abi/limits.h"
#include "kernel/abi/poll.h"
#include "kernel/abi/random.h"
#include "kernel/abi/uio.h"
#include "kernel/fs/devfs.h"
#include "kernel/fs/file.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/table.h"

/* The most that one call moves, as on Linux. */
#define TRANSFER_MAX 0x7ffff000ul

enum direction { READ, WRITE };

/* For short functions that each read and write goes through: the compiler makes
 * one copy for each direction, without asking which it is. */
#define always_inline static inline __attribute__((always_inline))

/* Can the file be read or written? Returns 0, or what read(2) or write(2)
 * return if not. */
always_inline int check(const struct file *file, enum direction direction)
{
	if (direction == READ) {
		if (!file_readable(file))
			return -EBADF;
		if (!file->ops->read)
			return S_ISDIR(file->inode->mode) ? -EISDIR : -EINVAL;
	} else {
		if (!file_writable(file))
			return -EBADF;
		if (!file->ops->write)
			return -EINVAL;
	}
	return 0;
}

/* One transfer at *position, after check(). */
always_inline long transfer(struct file *file, enum direction direction,
			    uaddr_t buffer, size_t size, uint64_t *position)
{
	if (!user_range_ok(buffer, size))
		return (int64_t)size < 0 ? -EINVAL : -EFAULT;
	if (position && size > INT64_MAX - *position)
		return -EINVAL;
	if (size > TRANSFER_MAX)
		size = TRANSFER_MAX;
	if (direction == READ)
		return file->ops->read(file, buffer, size, position);
	return file->ops->write(file, buffer, size, position);
}

/* One transfer at the file's own position, if it has one. */
always_inline long transfer_here(struct file *file, enum direction direction,
				 uaddr_t buffer, size_t size)
{
	long result = check(file, direction);

	if (result)
		return result;
	if (!file->ops->seek)
		return transfer(file, direction, buffer, size, NULL);
	mutex_lock(&file->mutex);
	result = transfer(file, direction, buffer, size, &file->position);
	mutex_unlock(&file->mutex);
	return result;
}

/* read(2) and write(2). */
always_inline long transfer_fd(int fd, enum direction direction, uaddr_t buffer,
			       size_t size)
{
	struct file *file = fd_get(fd);
	long result;

	if (!file)
		return -EBADF;
	result = transfer_here(file, direction, buffer, size);
	file_put(file);
	return result;
}

/* Reads up to `size` bytes. Returns how many, 0 at the end, or -errno. */
static long sys_read(int fd, uaddr_t to, size_t size)
{
	return transfer_fd(fd, READ, to, size);
}
SYSCALL(read);

/* Writes up to `size` bytes. Returns how many, or -errno. */
static long sys_write(int fd, uaddr_t from, size_t size)
{
	return transfer_fd(fd, WRITE, from, size);
}
SYSCALL(write);

/* One transfer at `offset`, which leaves the file's own position alone. */
static long transfer_at(int fd, enum direction direction, uaddr_t buffer,
			size_t size, int64_t offset)
{
	uint64_t position = (uint64_t)offset;
	struct file *file;
	long result;

	if (offset < 0)
		return -EINVAL;
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	result = file->ops->seek ? check(file, direction) : -ESPIPE;
	if (!result)
		result = transfer(file, direction, buffer, size, &position);
	file_put(file);
	return result;
}

/* As read(2) and write(2), but at a given position. The dynamic linker reads ELF
 * headers so. */
static long sys_pread64(int fd, uaddr_t to, size_t size, int64_t position)
{
	return transfer_at(fd, READ, to, size, position);
}
SYSCALL(pread64);

static long sys_pwrite64(int fd, uaddr_t from, size_t size, int64_t position)
{
	return transfer_at(fd, WRITE, from, size, position);
}
SYSCALL(pwrite64);

/* ---- Vectors ---- */

#define VECTORS_INLINE 8

/* Copies the vectors in and checks their sum. Returns 0 or -errno. */
static int get_vectors(struct iovec *vectors, uaddr_t from, uint64_t count)
{
	uint64_t sum = 0;

	if (copy_from_user(vectors, from, count * sizeof(*vectors)))
		return -EFAULT;
	for (uint64_t i = 0; i < count; i++) {
		if ((int64_t)vectors[i].iov_len < 0 ||
		    vectors[i].iov_len > INT64_MAX - sum)
			return -EINVAL;
		sum += vectors[i].iov_len;
	}
	return 0;
}

/* Would reading more from a stream wait? Then what came already is enough. */
static bool would_wait(struct file *file, enum direction direction)
{
	return direction == READ && file->ops->poll &&
	       !(file->ops->poll(file, NULL) & POLLIN);
}

/* Moves the vectors one after the other, until one is moved in part. */
static long transfer_all(struct file *file, enum direction direction,
			 const struct iovec *vectors, uint64_t count)
{
	size_t done = 0;
	long result = check(file, direction);

	for (uint64_t i = 0; i < count && result >= 0; i++) {
		if (!vectors[i].iov_len)
			continue;
		if (done && would_wait(file, direction))
			break;
		result = transfer_here(file, direction, vectors[i].iov_base,
				       MIN(vectors[i].iov_len,
					   TRANSFER_MAX - done));
		if (result > 0)
			done += (size_t)result;
		if ((uint64_t)result < vectors[i].iov_len)
			break;
	}
	return done ? (long)done : result;
}

/* readv(2) and writev(2). A few vectors are copied to the kernel's stack. */
static long transfer_vectors(int fd, enum direction direction, uaddr_t from,
			     uint64_t count)
{
	struct iovec few[VECTORS_INLINE], *vectors = few;
	struct file *file = fd_get(fd);
	long result = -EINVAL;

	if (!file)
		return -EBADF;
	if (count > IOV_MAX)
		goto put_file;
	if (count > VECTORS_INLINE)
		vectors = kmalloc(count * sizeof(*vectors));
	result = vectors ? get_vectors(vectors, from, count) : -ENOMEM;
	if (!result)
		result = transfer_all(file, direction, vectors, count);
	if (vectors != few)
		kfree(vectors);
put_file:
	file_put(file);
	return result;
}

static long sys_readv(int fd, uaddr_t vectors, uint64_t count)
{
	return transfer_vectors(fd, READ, vectors, count);
}
SYSCALL(readv);

static long sys_writev(int fd, uaddr_t vectors, uint64_t count)
{
	return transfer_vectors(fd, WRITE, vectors, count);
}
SYSCALL(writev);

/* ---- Position, directories, random bytes ---- */

/* Moves the file's position; a pipe or a terminal has none. */
static long sys_lseek(int fd, int64_t offset, int whence)
{
	struct file *file = fd_get(fd);
	long result = -ESPIPE;

	if (!file)
		return -EBADF;
	if (file->ops->seek) {
		mutex_lock(&file->mutex);
		result = file->ops->seek(file, offset, whence);
		mutex_unlock(&file->mutex);
	}
	file_put(file);
	return result;
}
SYSCALL(lseek);

/* Where getdents64(2) writes the entries of a directory. */
struct entries {
	uaddr_t to;
	size_t room, done;
	uint64_t *position; /* of the entry that is emitted */
	int error;          /* why an entry was not taken */
};

/* Writes one entry to the program's memory. Returns false when it has no room. */
static bool emit_entry(void *context, const char *name, uint64_t inode,
		       uint32_t mode)
{
	struct entries *entries = context;
	union {
		struct linux_dirent64 entry;
		char bytes[ALIGN_UP(
			sizeof(struct linux_dirent64) + NAME_MAX + 1, 8)];
	} record = { 0 };
	size_t length = offsetof(struct linux_dirent64, d_name) + strlen(name);
	size_t size = ALIGN_UP(length + 1, 8);

	entries->error = -EINVAL;
	if (size > entries->room)
		return false;
	record.entry.d_ino = inode;
	record.entry.d_off = (int64_t)*entries->position + 1;
	record.entry.d_reclen = (uint16_t)size;
	record.entry.d_type = (uint8_t)(mode >> 12 & 15);
	strscpy(record.entry.d_name, name, NAME_MAX + 1);
	entries->error = -EFAULT;
	if (copy_to_user(entries->to + entries->done, &record, size))
		return false;
	entries->error = 0;
	entries->done += size;
	entries->room -= size;
	return true;
}

/* Emits "." and "..", which each directory has. Returns false when there is no
 * room. */
static bool emit_dots(struct file *file, struct entries *entries)
{
	struct dentry *parent = dentry_parent(file->dentry);
	uint64_t numbers[2] = { file->inode->number, parent->inode->number };
	bool room = true;

	dentry_put(parent);
	while (*entries->position < 2 && room) {
		uint64_t at = *entries->position;

		room = emit_entry(entries, at ? ".." : ".", numbers[at],
				  S_IFDIR);
		*entries->position += room;
	}
	return room;
}

/* Writes as many entries as fit. Returns their bytes, 0 at the end, or -errno. */
static long read_directory(struct file *file, struct entries *entries)
{
	int error = 0;

	if (!file->ops->readdir)
		return -ENOTDIR;
	mutex_lock(&file->mutex);
	entries->position = &file->position;
	mutex_lock(&file->inode->mutex);
	if (file->dentry->unlinked)
		error = -ENOENT;
	else if (emit_dots(file, entries))
		error = file->ops->readdir(file, emit_entry, entries,
					   &file->position);
	mutex_unlock(&file->inode->mutex);
	mutex_unlock(&file->mutex);
	if (entries->done)
		return (long)entries->done;
	return error ? error : entries->error;
}

/* Reads a directory, from the file's position on. */
static long sys_getdents64(int fd, uaddr_t to, uint32_t size)
{
	struct entries entries = { .to = to, .room = size };
	struct file *file = fd_get(fd);
	long result;

	if (!file)
		return -EBADF;
	result = read_directory(file, &entries);
	file_put(file);
	return result;
}
SYSCALL(getdents64);

/* The kernel's random numbers never wait, so the flags change nothing. */
static long sys_getrandom(uaddr_t to, size_t size, unsigned flags)
{
	if (flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) ==
		    (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	return random_to_user(to, MIN(size, TRANSFER_MAX));
}
SYSCALL(getrandom);
