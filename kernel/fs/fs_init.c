/*
 * Makes what is in the root from the start: /dev and /tmp. All else comes with
 * the initrd.
 */
#include "kernel/cpu/kprintf.h"
#include "kernel/fs/devfs.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/ramfs.h"

static void make_directory(const char *path, uint32_t mode)
{
	struct new_inode directory = { .mode = S_IFDIR | mode };
	int error;

	dentry_put(name_create(NULL, path, &directory, &error));
	if (error)
		give_up("there is not enough memory for %s", path);
}

void fs_init(void)
{
	root_dentry = ramfs_new(DEVICE_ROOT);
	if (!root_dentry)
		give_up("there is not enough memory for the root directory");
	make_directory("/dev", 0755);
	make_directory("/tmp", S_ISVTX | 0777);
	make_directory("/dev/shm", S_ISVTX | 0777);
	devfs_init();
}
