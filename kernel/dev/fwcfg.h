/*
 * Files that QEMU hands to the machine (-fw_cfg name=...): QEMU's docs/specs/
 * fw_cfg. Works from the first moment on: it needs no memory but the caller's.
 */
#ifndef KERNEL_DEV_FWCFG_H
#define KERNEL_DEV_FWCFG_H

#include <stddef.h>
#include <stdint.h>

struct fwcfg_file {
	uint16_t key;
	uint32_t size; /* bytes */
};

/* Looks for a file by its whole name. Returns 0, or -ENOENT, also on a machine
 * that is not QEMU's. */
int fwcfg_find(const char *name, struct fwcfg_file *file);

/* Reads the first `size` bytes of a file, or all that it has. Boot only. */
void fwcfg_read(const struct fwcfg_file *file, void *to, size_t size);

#endif
