/* Files that QEMU hands to the machine: see fwcfg.h. */
#include "kernel/dev/fwcfg.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"
#include "kernel/mm/frame.h"

#define PORT_DMA 0x514 /* physical address, big-endian, high word first */

#define DMA_SIGNATURE 0x51454d5520434647ull /* "QEMU CFG", read from the port */
#define DMA_ERROR     0x1
#define DMA_READ      0x2
#define DMA_SELECT    0x8 /* the key is in the upper 16 bits */

#define KEY_DIRECTORY 0x19

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

/* Reads the next `size` bytes of what is selected, at most a page; first it
 * selects `key`, unless that is 0. Returns false if the device refuses. */
static bool fwcfg_dma(uint16_t key, void *to, size_t size)
{
	uint32_t select = key ? DMA_SELECT | (uint32_t)key << 16 : 0;
	uint64_t address = virt_to_phys(&dma);

	dma.control = __builtin_bswap32(DMA_READ | select);
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

/* QEMU's x86 machines have had the device, with DMA, since version 2.9. */
static bool has_fwcfg(void)
{
	return inl(PORT_DMA) == __builtin_bswap32(DMA_SIGNATURE >> 32) &&
	       inl(PORT_DMA + 4) == __builtin_bswap32((uint32_t)DMA_SIGNATURE);
}

int fwcfg_find(const char *name, struct fwcfg_file *file)
{
	struct directory_entry entry;
	uint32_t count;

	if (!has_fwcfg() || !fwcfg_dma(KEY_DIRECTORY, &count, sizeof(count)))
		return -ENOENT;
	for (count = __builtin_bswap32(count); count; count--) {
		if (!fwcfg_dma(0, &entry, sizeof(entry)))
			return -ENOENT;
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
	uint16_t key = file->key;
	uint8_t *out = to;
	size_t chunk;

	size = MIN(size, (size_t)file->size);
	for (; size; size -= chunk, out += chunk) {
		chunk = MIN(size, sizeof(bounce));
		if (!fwcfg_dma(key, out, chunk))
			return;
		key = 0;
	}
}
