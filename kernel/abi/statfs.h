/*
 * What a file system is, for statfs.
 */
#ifndef KERNEL_ABI_STATFS_H
#define KERNEL_ABI_STATFS_H

#include <stdint.h>

struct statfs {
	int64_t f_type;   /* *_MAGIC */
	int64_t f_bsize;  /* bytes a block */
	int64_t f_blocks; /* all, free, free to anybody */
	int64_t f_bfree;
	int64_t f_bavail;
	int64_t f_files;
	int64_t f_ffree;
	int32_t f_fsid[2];
	int64_t f_namelen;
	int64_t f_frsize;
	int64_t f_flags;
	int64_t f_spare[4];
};

#define RAMFS_MAGIC         0x858458f6
#define TMPFS_MAGIC         0x01021994
#define PROC_SUPER_MAGIC    0x9fa0
#define PIPEFS_MAGIC        0x50495045
#define ANON_INODE_FS_MAGIC 0x09041934

#endif
