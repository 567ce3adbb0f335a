/*
 * The loaders' tables: Multiboot2 (its specification 3.6) and PVH (Xen's
 * public/arch-x86/hvm/start_info.h). They come from outside, so nothing in
 * them is believed before it is checked. Pure: no state, no I/O.
 */
#include "boot/bootinfo.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"

typedef const void *access_fn(paddr_t address, size_t size);

#define RAM_USABLE 1 /* E820's number, in both protocols */

/* Multiboot2 3.6.1 and following. The structures are packed, because the tables
 * need not be aligned. */
enum mb2_tag_type {
	MB2_END = 0,
	MB2_CMDLINE = 1,
	MB2_LOADER = 2,
	MB2_MODULE = 3,
	MB2_MEMORY = 6,
	MB2_SCREEN = 8,
	MB2_RSDP_OLD = 14,
	MB2_RSDP = 15,
};

struct mb2_head {
	uint32_t size, zero; /* of all the tags */
} __packed;

struct mb2_tag {
	uint32_t type, size; /* size with this head, without padding */
} __packed;

struct mb2_module {
	struct mb2_tag tag;
	uint32_t start, end;
} __packed;

struct mb2_memory {
	struct mb2_tag tag;
	uint32_t entry_size, entry_version;
} __packed;

struct mb2_range {
	uint64_t start, size;
	uint32_t type, zero;
} __packed;

struct pvh_info {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, cmdline, rsdp, memory;
	uint32_t memory_count, zero;
} __packed;

struct pvh_module {
	uint64_t start, size, cmdline, zero;
} __packed;

struct pvh_range {
	uint64_t start, size;
	uint32_t type, zero;
} __packed;

static void remove_range(struct boot_info *info, size_t i)
{
	info->ram_count--;
	memmove(&info->ram[i], &info->ram[i + 1],
		(info->ram_count - i) * sizeof(info->ram[0]));
}

/* Makes room for one more range: if there is none, the smallest one goes. */
static void make_room(struct boot_info *info)
{
	size_t smallest = 0;

	if (info->ram_count < BOOT_MAX_RANGES)
		return;
	for (size_t i = 1; i < info->ram_count; i++) {
		const struct boot_range *r = info->ram;

		if (r[i].end - r[i].start < r[smallest].end - r[smallest].start)
			smallest = i;
	}
	remove_range(info, smallest);
}

static void insert_range(struct boot_info *info, paddr_t start, paddr_t end)
{
	size_t i;

	make_room(info);
	for (i = 0; i < info->ram_count && info->ram[i].start < start; i++)
		;
	memmove(&info->ram[i + 1], &info->ram[i],
		(info->ram_count - i) * sizeof(info->ram[0]));
	info->ram[i] = (struct boot_range){ start, end };
	info->ram_count++;
}

/* Adds RAM, which may touch or overlap the ranges that are there. */
static void add_ram(struct boot_info *info, paddr_t start, paddr_t end)
{
	size_t i = 0;

	while (i < info->ram_count) {
		struct boot_range r = info->ram[i];

		if (r.end < start || r.start > end) {
			i++;
			continue;
		}
		start = MIN(start, r.start);
		end = MAX(end, r.end);
		remove_range(info, i);
	}
	insert_range(info, start, end);
}

/* Takes [start, end) out of the RAM, whether or not it is in it. */
static void cut_ram(struct boot_info *info, paddr_t start, paddr_t end)
{
	size_t i = 0;

	while (i < info->ram_count) {
		struct boot_range r = info->ram[i];

		if (r.end <= start || r.start >= end) {
			i++;
			continue;
		}
		remove_range(info, i);
		if (r.start < start)
			insert_range(info, r.start, start);
		if (r.end > end)
			insert_range(info, end, r.end);
	}
}

/* Computes the end of a range; returns false if it is empty or wraps. */
static bool range_end(uint64_t start, uint64_t size, uint64_t *end)
{
	return size && !__builtin_add_overflow(start, size, end);
}

/* Applies one line of the memory map if it is RAM (`usable`) or not. It is called
 * twice for each line, first for RAM, then for what is not. */
static void add_line(struct boot_info *info, bool usable, uint64_t start,
		     uint64_t size, uint32_t type)
{
	uint64_t end;

	if (!range_end(start, size, &end) || (type == RAM_USABLE) != usable)
		return;
	if (usable) {
		start = ALIGN_UP(start, PAGE_SIZE);
		end = ALIGN_DOWN(end, PAGE_SIZE);
		if (start < end)
			add_ram(info, start, end);
	} else {
		cut_ram(info, ALIGN_DOWN(start, PAGE_SIZE),
			ALIGN_UP(end, PAGE_SIZE));
	}
}

static void copy_text(char *to, size_t size, const char *from, size_t limit)
{
	size_t length = strnlen(from, MIN(limit, size - 1));

	memcpy(to, from, length);
	to[length] = '\0';
}

/* ---- Multiboot2 ---- */

static void mb2_memory_map(struct boot_info *info, const struct mb2_tag *tag,
			   bool usable)
{
	const struct mb2_memory *map = (const void *)tag;

	if (tag->size < sizeof(*map) ||
	    map->entry_size < sizeof(struct mb2_range))
		return;
	for (size_t at = sizeof(*map);
	     at + sizeof(struct mb2_range) <= tag->size;
	     at += map->entry_size) {
		const struct mb2_range *r =
			(const void *)((const char *)map + at);

		add_line(info, usable, r->start, r->size, r->type);
	}
}

static void mb2_read_tag(struct boot_info *info, const struct mb2_tag *tag,
			 paddr_t address)
{
	const char *text = (const char *)(tag + 1);
	size_t length = tag->size - sizeof(*tag);
	const struct mb2_module *module = (const void *)tag;

	switch (tag->type) {
	case MB2_CMDLINE:
		copy_text(info->cmdline, sizeof(info->cmdline), text, length);
		break;
	case MB2_LOADER:
		copy_text(info->loader, sizeof(info->loader), text, length);
		break;
	case MB2_MODULE:
		if (tag->size >= sizeof(*module) && !info->initrd.end &&
		    module->start < module->end)
			info->initrd = (struct boot_range){ module->start,
							    module->end };
		break;
	case MB2_MEMORY:
		mb2_memory_map(info, tag, true);
		mb2_memory_map(info, tag, false);
		break;
	case MB2_SCREEN:
		info->screen_tag = address;
		break;
	case MB2_RSDP_OLD:
	case MB2_RSDP:
		info->rsdp = address + sizeof(*tag);
		break;
	}
}

static int read_multiboot2(struct boot_info *info, paddr_t address,
			   access_fn *at)
{
	const struct mb2_head *head = at(address, sizeof(*head));

	if (!head)
		return -EINVAL;
	for (size_t offset = sizeof(*head);
	     offset + sizeof(struct mb2_tag) <= head->size;) {
		const struct mb2_tag *tag = at(address + offset, sizeof(*tag));

		if (!tag || tag->type == MB2_END)
			break;
		if (tag->size < sizeof(*tag) ||
		    tag->size > head->size - offset ||
		    !at(address + offset, tag->size))
			return -EINVAL;
		mb2_read_tag(info, tag, address + offset);
		offset += ALIGN_UP((size_t)tag->size, 8);
	}
	return 0;
}

/* ---- PVH ---- */

static void pvh_memory_map(struct boot_info *info, const struct pvh_info *pvh,
			   access_fn *at, bool usable)
{
	for (uint32_t i = 0; i < pvh->memory_count; i++) {
		const struct pvh_range *r = at(pvh->memory + i * sizeof(*r),
					       sizeof(*r));

		if (!r)
			return;
		add_line(info, usable, r->start, r->size, r->type);
	}
}

static int read_pvh(struct boot_info *info, paddr_t address, access_fn *at)
{
	const struct pvh_info *pvh = at(address, sizeof(*pvh));
	const struct pvh_module *module;
	const char *cmdline;
	uint64_t end;

	if (!pvh || pvh->magic != BOOT_MAGIC_PVH || pvh->version < 1)
		return -EINVAL;
	pvh_memory_map(info, pvh, at, true);
	pvh_memory_map(info, pvh, at, false);
	info->rsdp = pvh->rsdp;
	copy_text(info->loader, sizeof(info->loader), "PVH", 3);

	cmdline = pvh->cmdline ? at(pvh->cmdline, BOOT_CMDLINE_MAX) : NULL;
	if (cmdline)
		copy_text(info->cmdline, sizeof(info->cmdline), cmdline,
			  BOOT_CMDLINE_MAX);
	module = pvh->module_count ? at(pvh->modules, sizeof(*module)) : NULL;
	if (module && range_end(module->start, module->size, &end))
		info->initrd = (struct boot_range){ module->start, end };
	return 0;
}

int bootinfo_read(struct boot_info *info, uint32_t magic, paddr_t address,
		  access_fn *at)
{
	int error = -EINVAL;

	memset(info, 0, sizeof(*info));
	if (magic == BOOT_MAGIC_MULTIBOOT2)
		error = read_multiboot2(info, address, at);
	else if (magic == BOOT_MAGIC_PVH)
		error = read_pvh(info, address, at);
	cut_ram(info, 0, PAGE_SIZE); /* 0 means "no frame" */
	return error ? error : info->ram_count ? 0 : -EINVAL;
}
