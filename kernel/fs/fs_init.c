/*
 * The filesystems that there are from the start: the root in memory, /dev and
 * /proc. What else is in the root comes with the initrd.
 */
#include "kernel/cpu/kprintf.h"
#include "kernel/fs/devfs.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/procfs.h"
#include "kernel/fs/ramfs.h"

static void make_directory(const char *path, uint32_t mode)
{
	if (name_create(NULL, path, S_IFDIR | mode, 0))
		give_up("there is not enough memory for %s", path);
}

void fs_init(void)
{
	struct dentry *proc = procfs_init(), *directory;
	int error;

	root_dentry = ramfs_new(DEVICE_ROOT);
	if (!root_dentry || !proc)
		give_up("there is not enough memory for the root directory");
	make_directory("/dev", 0755);
	make_directory("/proc", 0555);
	make_directory("/tmp", S_ISVTX | 0777);
	devfs_init();
	directory = path_lookup(NULL, "/proc", PATH_DIRECTORY, &error);
	path_mount(directory, proc);
	dentry_put(directory);
}
