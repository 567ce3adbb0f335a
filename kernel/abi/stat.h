/*
 * What a file is: mode bits, struct stat, device numbers.
 */
#ifndef KERNEL_ABI_STAT_H
#define KERNEL_ABI_STAT_H

#include <stdint.h>

#define S_IFMT   0170000
#define S_IFSOCK 0140000
#define S_IFLNK  0120000
#define S_IFREG  0100000
#define S_IFBLK  0060000
#define S_IFDIR  0040000
#define S_IFCHR  0020000
#define S_IFIFO  0010000
#define S_ISUID  0004000
#define S_ISGID  0002000
#define S_ISVTX  0001000
#define S_IRWXU  00700
#define S_IRUSR  00400
#define S_IWUSR  00200
#define S_IXUSR  00100
#define S_IRWXG  00070
#define S_IRGRP  00040
#define S_IWGRP  00020
#define S_IXGRP  00010
#define S_IRWXO  00007
#define S_IROTH  00004
#define S_IWOTH  00002
#define S_IXOTH  00001

#define S_ISREG(mode)  (((mode) & S_IFMT) == S_IFREG)
#define S_ISDIR(mode)  (((mode) & S_IFMT) == S_IFDIR)
#define S_ISCHR(mode)  (((mode) & S_IFMT) == S_IFCHR)
#define S_ISBLK(mode)  (((mode) & S_IFMT) == S_IFBLK)
#define S_ISFIFO(mode) (((mode) & S_IFMT) == S_IFIFO)
#define S_ISLNK(mode)  (((mode) & S_IFMT) == S_IFLNK)
#define S_ISSOCK(mode) (((mode) & S_IFMT) == S_IFSOCK)

struct stat {
	uint64_t st_dev;
	uint64_t st_ino;
	uint64_t st_nlink;
	uint32_t st_mode; /* S_IF* and permissions */
	uint32_t st_uid;
	uint32_t st_gid;
	uint32_t __pad0;
	uint64_t st_rdev;   /* of a device file */
	int64_t st_size;    /* bytes */
	int64_t st_blksize; /* bytes */
	int64_t st_blocks;  /* of 512 bytes */
	uint64_t st_atime;
	uint64_t st_atime_nsec;
	uint64_t st_mtime;
	uint64_t st_mtime_nsec;
	uint64_t st_ctime;
	uint64_t st_ctime_nsec;
	int64_t __unused[3];
};

/* st_dev, st_rdev: 8 bits of minor, 12 of major, then the rest of each. */
#define makedev(major, minor)                                                  \
	(((uint64_t)(major) & 0xfff) << 8 |                                    \
	 ((uint64_t)(major) & 0xfffff000) << 32 | ((uint64_t)(minor) & 0xff) | \
	 ((uint64_t)(minor) & 0xffffff00) << 12)
#define major(dev)                                  \
	((uint32_t)((uint64_t)(dev) >> 8 & 0xfff) | \
	 (uint32_t)((uint64_t)(dev) >> 32 & 0xfffff000))
#define minor(dev)                            \
	((uint32_t)((uint64_t)(dev) & 0xff) | \
	 (uint32_t)((uint64_t)(dev) >> 12 & 0xffffff00))

/* utimensat */
#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe

#endif
