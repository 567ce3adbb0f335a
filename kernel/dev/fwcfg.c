/* Files that QEMU hands to the machine: see fwcfg.h. */
#include "kernel/dev/fwcfg.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"
#include "kernel/mm/frame.h"

#define PORT_SELECT 0x510
#define PORT_DATA   0x511
#define PORT_DMA    0x514 /* physical address, big-endian, high word first */

#define KEY_SIGNATURE 0x00 /* "QEMU" */
#define KEY_FEATURES  0x01
#define KEY_DIRECTORY 0x19

#define FEATURE_DMA 0x2

#define DMA_ERROR 0x1
#define DMA_READ  0x2

struct directory_entry {
	uint32_t size; /* big-endian, as all here */
	uint16_t key;
	uint16_t reserved;
	char name[56];
};

struct dma_access {
	uint32_t control;
	uint32_t length;
	uint64_t address;
};

/* One access at a time: boot is one thread. In the kernel's image, so their
 * physical address is known before there is any memory to be had. */
static struct dma_access dma __aligned(16);
static uint8_t bounce[PAGE_SIZE] __aligned(PAGE_SIZE);

static void select_key(uint16_t key)
{
	outw(PORT_SELECT, key);
}

static void read_by_port(uint8_t *to, size_t size)
{
	__asm__ volatile("rep insb"
			 : "+D"(to), "+c"(size)
			 : "d"((uint16_t)PORT_DATA)
			 : "memory");
}

/* The next `size` bytes of what is selected, at most a page; false: refused. */
static bool read_by_dma(uint8_t *to, size_t size)
{
	uint64_t address = virt_to_phys(&dma);

	dma.control = __builtin_bswap32(DMA_READ);
	dma.length = __builtin_bswap32((uint32_t)size);
	dma.address = __builtin_bswap64(virt_to_phys(bounce));
	barrier(); /* all is written before the device is told */
	outl(PORT_DMA, __builtin_bswap32((uint32_t)(address >> 32)));
	outl(PORT_DMA + 4, __builtin_bswap32((uint32_t)address));
	while (READ_ONCE(dma.control) & ~__builtin_bswap32(DMA_ERROR))
		cpu_relax();
	if (dma.control)
		return false;
	memcpy(to, bounce, size);
	return true;
}

static bool has_qemu(void)
{
	char signature[4];

	select_key(KEY_SIGNATURE);
	read_by_port((uint8_t *)signature, sizeof(signature));
	return memcmp(signature, "QEMU", 4) == 0;
}

int fwcfg_find(const char *name, struct fwcfg_file *file)
{
	struct directory_entry entry;
	uint32_t count;

	if (!has_qemu())
		return -ENOENT;
	select_key(KEY_DIRECTORY);
	read_by_port((uint8_t *)&count, sizeof(count));
	for (count = __builtin_bswap32(count); count; count--) {
		read_by_port((uint8_t *)&entry, sizeof(entry));
		if (strncmp(entry.name, name, sizeof(entry.name)) != 0)
			continue;
		file->key = __builtin_bswap16(entry.key);
		file->size = __builtin_bswap32(entry.size);
		return 0;
	}
	return -ENOENT;
}

void fwcfg_read(const struct fwcfg_file *file, void *to, size_t size)
{
	uint8_t *out = to;
	uint32_t features;
	size_t chunk;

	select_key(KEY_FEATURES);
	read_by_port((uint8_t *)&features, sizeof(features));
	select_key(file->key);
	size = MIN(size, (size_t)file->size);
	for (; size; size -= chunk, out += chunk) {
		chunk = MIN(size, sizeof(bounce));
		if (!(features & FEATURE_DMA) || !read_by_dma(out, chunk))
			read_by_port(out, chunk);
	}
}
