/*
 * Directory entries as getdents64 returns them.
 */
#ifndef KERNEL_ABI_DIRENT_H
#define KERNEL_ABI_DIRENT_H

#include <stdint.h>

struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;     /* where the next entry is, for lseek */
	uint16_t d_reclen; /* bytes to the next entry, a multiple of 8 */
	uint8_t d_type;    /* DT_* */
	char d_name[];     /* ends with NUL */
};

#define DT_UNKNOWN 0
#define DT_FIFO    1
#define DT_CHR     2
#define DT_DIR     4
#define DT_BLK     6
#define DT_REG     8
#define DT_LNK     10
#define DT_SOCK    12

#endif
