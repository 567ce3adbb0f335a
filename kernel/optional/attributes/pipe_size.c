/*
 * F_GETPIPE_SZ and F_SETPIPE_SZ of fcntl(2): how many bytes a pipe holds.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/pipe.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/optional/proc_files.h"
#include "kernel/process/process.h"

/* The most that a program without privileges may ask for. */
static unsigned pipe_size_max = 1u << 20;

/* The least size of a ring that holds `bytes`: a power of two, at least a
 * page. 0: there is none. */
static size_t ring_size(uint32_t bytes)
{
	size_t size = PAGE_SIZE;

	if (bytes > 1u << 31)
		return 0;
	while (size < bytes)
		size *= 2;
	return size;
}

static void ring_free(paddr_t *pages, size_t size)
{
	for (size_t i = 0; i < size / PAGE_SIZE; i++)
		frame_put(pages[i]);
}

/* Copies the bytes of the pipe to the front of a new ring, whose pages are
 * allocated as needed. Returns false when out of memory. */
static bool ring_copy(const struct pipe *pipe, paddr_t *pages)
{
	size_t chunk;

	for (size_t done = 0; done < pipe->count; done += chunk) {
		size_t at = (pipe->start + done) & (pipe->size - 1);
		paddr_t *page = &pages[done / PAGE_SIZE];

		if (!*page)
			*page = frame_alloc();
		if (!*page)
			return false;
		chunk = MIN(pipe->count - done, PAGE_SIZE - at % PAGE_SIZE);
		chunk = MIN(chunk, PAGE_SIZE - done % PAGE_SIZE);
		memcpy((uint8_t *)phys_to_virt(*page) + done % PAGE_SIZE,
		       (uint8_t *)phys_to_virt(pipe->pages[at / PAGE_SIZE]) +
			       at % PAGE_SIZE,
		       chunk);
	}
	return true;
}

/* Gives the pipe a ring of another size. Returns the size, -EBUSY (there are
 * more bytes in the pipe), or -ENOMEM. The mutex is held. */
static long pipe_resize(struct pipe *pipe, size_t size)
{
	paddr_t *pages;

	if (pipe->count > size)
		return -EBUSY;
	pages = kzalloc(size / PAGE_SIZE * sizeof(*pages));
	if (!pages)
		return -ENOMEM;
	if (!ring_copy(pipe, pages)) {
		ring_free(pages, size);
		kfree(pages);
		return -ENOMEM;
	}
	ring_free(pipe->pages, pipe->size);
	if (pipe->pages != pipe->few)
		kfree(pipe->pages);
	pipe->pages = pages;
	pipe->start = 0;
	WRITE_ONCE(pipe->size, size);
	return (long)size;
}

static long pipe_set_size(struct pipe *pipe, uint32_t wanted)
{
	size_t size = ring_size(wanted);
	long result;

	if (!size)
		return -EINVAL;
	if (size > pipe->size && size > pipe_size_max &&
	    current_process()->credentials.euid)
		return -EPERM;
	mutex_lock(&pipe->mutex);
	result = pipe_resize(pipe, size);
	mutex_unlock(&pipe->mutex);
	wake_all(&pipe->not_full);
	return result;
}

static bool is_pipe(const struct file *file)
{
	return file->ops->read == pipe_read; /* a fifo's end, too */
}

static void pipe_size_fcntl(const struct fcntl_call *call, long *result)
{
	if (call->command != F_GETPIPE_SZ && call->command != F_SETPIPE_SZ)
		return;
	if (!is_pipe(call->file))
		*result = -EBADF;
	else if (call->command == F_GETPIPE_SZ)
		*result = (long)((struct pipe *)call->file->data)->size;
	else
		*result = pipe_set_size(call->file->data,
					(uint32_t)call->argument);
}
HOOK(file_fcntl, pipe_size_fcntl);

/* ---- /proc/sys/fs/pipe-max-size ---- */

static int show_max(struct sink *out, struct process *process)
{
	(void)process;
	sink_printf(out, "%u\n", READ_ONCE(pipe_size_max));
	return 0;
}

static int store_max(const char *words, struct process *process)
{
	long size;

	(void)process;
	if (parse_int(words, &size) || size <= 0 || size > UINT32_MAX ||
	    !ring_size((uint32_t)size))
		return -EINVAL;
	WRITE_ONCE(pipe_size_max, (unsigned)ring_size((uint32_t)size));
	return 0;
}

PROC_FILES(pipe_size_files) = {
	{ .path = "sys/fs/pipe-max-size",
	  .mode = 0644,
	  .show = show_max,
	  .store = store_max },
};
