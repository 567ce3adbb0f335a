/*
 * The bytes of ramfs's regular files: reading, writing, mapping, truncation.
 * A file's frames are what its mappings map: each user has a reference.
 */
#include "kernel/fs/ramfs_file.h"

#include "kernel/fs/ramfs.h"
#include "kernel/lib/string.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/area.h"
#include "kernel/mm/uaccess.h"

static size_t page_total; /* atomic */
static const struct area_ops ramfs_map_ops;

/* What a hole reads as. */
static const uint8_t zeros[PAGE_SIZE];

size_t ramfs_page_count(void)
{
	return READ_ONCE(page_total) + pages_node_count();
}

size_t ramfs_reserve(void)
{
	return frame_count_total() / 32;
}

void ramfs_set_content(struct inode *inode, const void *data, size_t size)
{
	struct ramfs_inode *file = ramfs_inode(inode);

	file->initial = data;
	file->initial_size = size;
	inode->size = size;
}

/* How many bytes of page `number` the initial content holds. */
static size_t initial_bytes(const struct ramfs_inode *file, uint64_t number)
{
	uint64_t start = number << PAGE_SHIFT;

	if (start >= file->initial_size)
		return 0;
	return MIN(file->initial_size - start, PAGE_SIZE);
}

/* Fills a hole with its page. Returns false when out of memory. The lock is
 * held. */
static bool ramfs_fill(struct ramfs_inode *file, uint64_t number, paddr_t *slot)
{
	size_t bytes = initial_bytes(file, number);

	*slot = frame_alloc_zeroed();
	if (!*slot)
		return false;
	memcpy(phys_to_virt(*slot), file->initial + (number << PAGE_SHIFT),
	       bytes);
	file->inode.page_count = ++file->pages.count;
	atomic_fetch_add(&page_total, 1);
	return true;
}

/* May the page be made if it is not there? A hole stays one while files have
 * all the memory that they may have. */
static bool ramfs_may_fill(const struct ramfs_inode *file, uint64_t number)
{
	return initial_bytes(file, number) ||
	       frame_count_free() >= ramfs_reserve();
}

paddr_t ramfs_page(struct inode *inode, uint64_t number)
{
	struct ramfs_inode *file = ramfs_inode(inode);
	paddr_t *slot, frame = 0;
	bool fill;

	spin_lock(&file->lock);
	fill = ramfs_may_fill(file, number);
	slot = pages_slot(&file->pages, number, fill);
	if (slot && (*slot || (fill && ramfs_fill(file, number, slot)))) {
		frame = *slot;
		frame_get(frame);
	}
	spin_unlock(&file->lock);
	return frame;
}

/* Finds the bytes of a page, for reading. Returns NULL when out of memory. If
 * *frame is not 0, the caller must frame_put() it when done. */
static const uint8_t *ramfs_bytes(struct inode *inode, uint64_t number,
				  paddr_t *frame)
{
	struct ramfs_inode *file = ramfs_inode(inode);
	const uint8_t *bytes = zeros;
	paddr_t *slot;
	size_t initial;

	spin_lock(&file->lock);
	slot = pages_slot(&file->pages, number, false);
	*frame = slot ? *slot : 0;
	if (*frame)
		frame_get(*frame);
	initial = initial_bytes(file, number);
	if (initial == PAGE_SIZE)
		bytes = file->initial + (number << PAGE_SHIFT);
	spin_unlock(&file->lock);
	if (!*frame && initial && initial < PAGE_SIZE) {
		*frame = ramfs_page(inode, number);
		if (!*frame)
			return NULL;
	}
	return *frame ? phys_to_virt(*frame) : bytes;
}

/* Returns how many of `size` bytes at `position` lie in one page. */
static size_t page_chunk(uint64_t position, size_t size)
{
	return MIN(size, PAGE_SIZE - position % PAGE_SIZE);
}

/* Returns how many of `size` bytes at `position` the file has. */
static size_t ramfs_readable(struct inode *inode, uint64_t position,
			     size_t size)
{
	uint64_t end = READ_ONCE(inode->size);

	return position < end ? MIN(size, end - position) : 0;
}

/* Reads to the kernel's memory at `kernel`, or where that is NULL to the
 * program's at `user`. Returns bytes, -EFAULT or -ENOMEM. */
static long ramfs_read_at(struct inode *inode, uint64_t position, size_t size,
			  uaddr_t user, uint8_t *kernel)
{
	size_t done = 0, chunk, left = 0;

	size = ramfs_readable(inode, position, size);
	while (done < size && !left) {
		uint64_t at = position + done;
		paddr_t frame;
		const uint8_t *bytes = ramfs_bytes(inode, at >> PAGE_SHIFT,
						   &frame);

		if (!bytes)
			return done && !kernel ? (long)done : -ENOMEM;
		bytes += at % PAGE_SIZE;
		chunk = page_chunk(at, size - done);
		if (kernel)
			memcpy(kernel + done, bytes, chunk);
		else
			left = copy_to_user_partial(user + done, bytes, chunk);
		frame_put(frame);
		done += chunk - left;
		sched_point();
	}
	return done || !left ? (long)done : -EFAULT;
}

static long ramfs_read(struct file *file, uaddr_t to, size_t size,
		       uint64_t *position)
{
	long done = ramfs_read_at(file->inode, *position, size, to, NULL);

	*position += (uint64_t)MAX(done, 0);
	return done;
}

static long ramfs_read_kernel(struct file *file, void *to, size_t size,
			      uint64_t position)
{
	return ramfs_read_at(file->inode, position, size, 0, to);
}

/* Writes up to the end of one page. Returns bytes or -errno. The inode's mutex
 * is held. */
static long ramfs_write_page(struct inode *inode, uaddr_t from, size_t size,
			     uint64_t position)
{
	size_t chunk = page_chunk(position, size), left;
	paddr_t frame;

	frame = ramfs_page(inode, position >> PAGE_SHIFT);
	if (!frame)
		return -ENOSPC;
	left = copy_from_user_partial((uint8_t *)phys_to_virt(frame) +
					      position % PAGE_SIZE,
				      from, chunk);
	frame_put(frame);
	if (left == chunk) { /* the page may lie beyond the file's end */
		ramfs_cut(inode, inode->size);
		return -EFAULT;
	}
	position += chunk - left;
	if (position > inode->size)
		WRITE_ONCE(inode->size, position);
	return (long)(chunk - left);
}

/* Writes page by page. The mutex makes a write appear as a whole, and lets
 * O_APPEND find the end of the file. */
static long ramfs_write(struct file *file, uaddr_t from, size_t size,
			uint64_t *position)
{
	struct inode *inode = file->inode;
	size_t done = 0;
	long result = 0;

	if (size == 0)
		return 0;
	mutex_lock(&inode->mutex);
	if (file->flags & O_APPEND)
		*position = inode->size;
	result = file_limit_write(*position, size);
	if (result > 0) {
		size = (size_t)result;
		inode_will_change(inode);
	}
	while (done < size && result >= 0) {
		result = ramfs_write_page(inode, from + done, size - done,
					  *position);
		if (result > 0) {
			done += (size_t)result;
			*position += (uint64_t)result;
		}
		sched_point();
	}
	if (done)
		inode_touch(inode);
	mutex_unlock(&inode->mutex);
	return done ? (long)done : result;
}

/* Drops some of the pages beyond `size`. Returns true if there may be more. */
static bool ramfs_cut_some(struct ramfs_inode *file, uint64_t size)
{
	size_t before;
	bool more;

	spin_lock(&file->lock);
	before = file->pages.count;
	file->initial_size = MIN(file->initial_size, size);
	more = pages_cut(&file->pages, (size + PAGE_SIZE - 1) >> PAGE_SHIFT);
	file->inode.page_count = file->pages.count;
	atomic_fetch_sub(&page_total, before - file->pages.count);
	spin_unlock(&file->lock);
	return more;
}

void ramfs_cut(struct inode *inode, uint64_t size)
{
	struct ramfs_inode *file = ramfs_inode(inode);
	size_t tail = size % PAGE_SIZE;
	paddr_t *slot = NULL;

	while (ramfs_cut_some(file, size))
		sched_point();
	spin_lock(&file->lock);
	if (tail)
		slot = pages_slot(&file->pages, size >> PAGE_SHIFT, false);
	if (slot && *slot)
		memset((uint8_t *)phys_to_virt(*slot) + tail, 0,
		       PAGE_SIZE - tail);
	spin_unlock(&file->lock);
}

/* A fault looks at the size after it has found its page: so either it sees the
 * new size, or its entry is there when its space is searched. */
int ramfs_truncate(struct inode *inode, uint64_t size)
{
	uint64_t old = inode->size;

	WRITE_ONCE(inode->size, size);
	ramfs_cut(inode, MIN(size, old));
	if (size < old && READ_ONCE(ramfs_inode(inode)->mapped))
		HOOK_CALL(file_cut, inode, size);
	inode_touch(inode);
	return 0;
}

void ramfs_drop_pages(struct inode *inode)
{
	while (ramfs_cut_some(ramfs_inode(inode), 0))
		;
}

/* ---- Mappings ---- */

/* Where an address of an area lies in the file. */
static uint64_t map_offset(const struct area *area, uaddr_t address)
{
	return area->offset + (address - area->start);
}

/* Does the page at `offset` begin at or behind the end of the file? */
static bool is_beyond_end(struct inode *inode, uint64_t offset)
{
	return (offset & PAGE_MASK) >= READ_ONCE(inode->size);
}

/* Maps the pages around a fault that are in memory already, so that they cause
 * no fault of their own: the operation `map_present` of areas. */
static void map_present(struct area *area, uaddr_t start, uaddr_t end,
			pte_t *entry)
{
	struct inode *inode = ((struct file *)area->object)->inode;
	struct pages *pages = &ramfs_inode(inode)->pages;
	uint64_t offset = map_offset(area, start);
	bool shared = area->flags & AREA_SHARED;
	paddr_t *slot = NULL;

	spin_lock(&ramfs_inode(inode)->lock);
	for (; start < end && !is_beyond_end(inode, offset); entry++) {
		slot = pages_next_slot(pages, offset >> PAGE_SHIFT, slot);
		if (slot && *slot && !*entry) {
			frame_get(*slot);
			area_add_page(area, entry, *slot, shared);
		}
		start += PAGE_SIZE;
		offset += PAGE_SIZE;
	}
	spin_unlock(&ramfs_inode(inode)->lock);
}

/*
 * The file's own frame: a shared area writes it, a private one gets a copy. The
 * program gets SIGBUS beyond the file's end, and for a hole that must stay one.
 */
static int map_fault(struct area *area, uaddr_t address, paddr_t *frame,
		     bool *owned)
{
	struct inode *inode = ((struct file *)area->object)->inode;
	uint64_t offset = map_offset(area, address);

	*owned = false;
	WRITE_ONCE(ramfs_inode(inode)->mapped, true);
	if (is_beyond_end(inode, offset))
		return -ENXIO;
	*frame = ramfs_page(inode, offset >> PAGE_SHIFT);
	if (!*frame)
		return ramfs_may_fill(ramfs_inode(inode), offset >> PAGE_SHIFT)
			       ? -ENOMEM
			       : -ENXIO;
	if (!is_beyond_end(inode, offset))
		return 0;
	frame_put(*frame);
	return -ENXIO;
}

static void map_open(struct area *area)
{
	file_get(area->object);
}

static void map_close(struct area *area)
{
	file_put(area->object);
}

static const char *map_name(struct area *area, char *buffer, size_t size)
{
	struct file *file = area->object;

	return path_of(file->dentry, buffer, size);
}

static void map_identity(struct area *area, uint64_t *device, uint64_t *inode)
{
	struct file *file = area->object;

	*device = file->inode->device;
	*inode = file->inode->number;
}

static const struct area_ops ramfs_map_ops = {
	.fault = map_fault,
	.map_present = map_present,
	.open = map_open,
	.close = map_close,
	.name = map_name,
	.identity = map_identity,
};

const struct file_ops ramfs_file_ops = {
	.read = ramfs_read,
	.write = ramfs_write,
	.read_kernel = ramfs_read_kernel,
	.seek = file_seek_sized,
	.map_ops = &ramfs_map_ops,
};
