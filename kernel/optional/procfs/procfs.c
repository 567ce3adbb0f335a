/*
 * /proc as a filesystem: names, directories and links. The text of its files is
 * made by procfs_text.c.
 *
 * Inodes are made at each lookup and hold their process; no name is kept, so
 * none is stale.
 */
#include "kernel/cpu/kprintf.h"
#include "kernel/fs/path.h"
#include "kernel/fs/names.h"
#include "kernel/fs/ramfs.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/optional/procfs/procfs_node.h"
#include "kernel/process/process.h"

/* Directories with an entry for each number that is in use. The root's model
 * of a process's directory is its child "PID", that of a thread's "TID". */
static struct proc_node root_node = { .name = "/" };
static struct proc_node *pid_node, *fd_node, *task_node, *tid_node;

/* All tables, as the linker script collects them. */
extern const struct proc_file proc_files[], proc_files_end[];

/* Where the numbers of a directory's entries begin, for readdir. */
#define NUMBERS_START 1024

/* ---- Nodes: what was registered ---- */

static struct proc_node *find_child(const struct proc_node *parent,
				    const char *name, size_t length)
{
	struct proc_node *node;

	for (node = parent->children; node; node = node->next)
		if (strncmp(node->name, name, length) == 0 &&
		    !node->name[length])
			return node;
	return NULL;
}

static struct proc_node *add_child(struct proc_node *parent, const char *name,
				   size_t length)
{
	static unsigned last_id;
	struct proc_node **end = &parent->children;
	struct proc_node *node = kzalloc(sizeof(*node) + length + 1);

	if (!node)
		give_up("there is not enough memory for /proc");
	node->id = ++last_id;
	node->name = memcpy(node + 1, name, length);
	while (*end)
		end = &(*end)->next;
	*end = node;
	return node;
}

/* The node at `path`; made, with what is above, if it is not there. */
static struct proc_node *make_node(const char *path)
{
	struct proc_node *node = &root_node, *child;

	while (*path) {
		const char *end = strchr(path, '/');
		size_t length = end ? (size_t)(end - path) : strlen(path);

		child = find_child(node, path, length);
		node = child ? child : add_child(node, path, length);
		path += length + (end != NULL);
	}
	return node;
}

/* ---- Inodes ---- */

struct process *procfs_process(struct file *file)
{
	struct proc_entry *entry = proc_entry(file->inode);

	return proc_entry_is_gone(entry) ? NULL : entry->process;
}

static const struct inode_ops procfs_ops;
static const struct file_ops directory_ops;

static uint64_t inode_number(const struct proc_entry *entry)
{
	int number = entry->tid ? entry->tid : entry->pid;

	return (uint64_t)number << 32 | (uint64_t)entry->node->id << 16 |
	       (uint64_t)(entry->fd + 1);
}

/* Type and permissions of what stands at an entry. */
static uint32_t entry_mode(const struct proc_entry *entry)
{
	const struct proc_node *node = entry->node;

	if (entry->fd >= 0)
		return S_IFLNK | 0700;
	if (node == fd_node)
		return S_IFDIR | 0500;
	if (!node->file)
		return S_IFDIR | 0555;
	if (node->file->link)
		return S_IFLNK | 0777;
	return S_IFREG | node->file->mode;
}

/*
 * Linux's task_dump_owner(): the process's effective user and group. If it is
 * not to be traced, only its directory is, and all in it root's; but it may
 * look at its own descriptors.
 */
static void set_owner(struct inode *inode, const struct proc_entry *entry)
{
	const struct process *process = entry->process;
	bool own = entry->node == fd_node && process == current_process();

	spin_lock(&process_lock);
	if ((process->dumpable && !process->zombie) || own ||
	    inode->mode == (S_IFDIR | 0555)) {
		inode->uid = process->credentials.euid;
		inode->gid = process->credentials.egid;
	}
	spin_unlock(&process_lock);
}

/* Takes over the caller's reference to the entry's process. NULL when out of
 * memory. */
static struct inode *new_inode(const struct proc_entry *entry)
{
	uint32_t mode = entry_mode(entry);
	const struct file_ops *ops = &proc_text_ops;
	struct inode *inode;

	if (S_ISDIR(mode))
		ops = &directory_ops;
	else if (entry->fd < 0 && entry->node->file->ops)
		ops = entry->node->file->ops;
	inode = inode_new(sizeof(struct proc_inode), DEVICE_PROC, mode,
			  &procfs_ops, ops);
	if (!inode) {
		if (entry->process)
			process_put(entry->process);
		return NULL;
	}
	inode->number = inode_number(entry);
	inode->uid = inode->gid = 0;
	if (entry->process)
		set_owner(inode, entry);
	if (S_ISDIR(mode))
		inode->links = 2;
	*proc_entry(inode) = *entry;
	return inode;
}

static void procfs_release(struct inode *inode)
{
	if (proc_entry(inode)->process)
		process_put(proc_entry(inode)->process);
}

/* ---- Directories ---- */

/* A number as it stands in a name: no sign, no leading 0; or -1. */
static int parse_number(const char *name)
{
	long number;

	if (*name < '0' || *name > '9' || (*name == '0' && name[1]))
		return -1;
	if (parse_int(name, &number) || number >= INT32_MAX)
		return -1;
	return (int)number;
}

/* In a directory of numbers: the smallest from `from` on, or -1. */
static int next_number(const struct proc_entry *directory, int from)
{
	if (directory->node == &root_node)
		return procfs_next_process(MAX(from, 1));
	if (directory->node == task_node)
		return procfs_next_thread(directory->process, from);
	if (directory->node == fd_node)
		return procfs_next_file(directory->process, from);
	return -1;
}

/* What `number` is in a directory of numbers; without the process's
 * reference. */
static struct proc_entry numbered(const struct proc_entry *directory,
				  int number)
{
	struct proc_entry entry = *directory;

	if (directory->node == &root_node) {
		entry.node = pid_node;
		entry.pid = number;
	} else if (directory->node == task_node) {
		entry.node = tid_node;
		entry.tid = number;
	} else {
		entry.fd = number;
	}
	return entry;
}

/* Fills in what `name` is, with a reference to its process. False: nothing is
 * there. */
static bool find_entry(const struct proc_entry *directory, const char *name,
		       struct proc_entry *entry)
{
	int number = parse_number(name);

	if (number >= 0 && next_number(directory, number) == number) {
		*entry = numbered(directory, number);
	} else {
		*entry = *directory;
		entry->node = find_child(directory->node, name, strlen(name));
		if (!entry->node || entry->node == pid_node ||
		    entry->node == tid_node)
			return false;
	}
	if (entry->node == pid_node)
		return (entry->process = process_find(number));
	if (entry->process)
		process_get(entry->process);
	return true;
}

static struct dentry *procfs_lookup(struct dentry *directory, const char *name,
				    int *error)
{
	const struct proc_entry *from = proc_entry(directory->inode);
	struct proc_entry entry;
	struct inode *inode;
	struct dentry *dentry;

	*error = -ENOENT;
	if (proc_entry_is_gone(from) || !find_entry(from, name, &entry))
		return NULL;
	*error = -ENOMEM;
	inode = new_inode(&entry);
	if (!inode)
		return NULL;
	dentry = dentry_new(directory, name, inode);
	return dentry;
}

static void read_numbers(const struct proc_entry *directory, readdir_emit *emit,
			 void *context, uint64_t *position)
{
	int from = (int)MIN(*position - NUMBERS_START, INT32_MAX - 1ul);
	char name[16];

	while ((from = next_number(directory, from)) >= 0) {
		struct proc_entry entry = numbered(directory, from);

		*position = NUMBERS_START + (uint64_t)from;
		snprintf(name, sizeof(name), "%d", from);
		if (!emit(context, name, inode_number(&entry),
			  entry_mode(&entry)))
			return;
		*position = NUMBERS_START + (uint64_t)++from;
	}
}

static int procfs_readdir(struct file *file, readdir_emit *emit, void *context,
			  uint64_t *position)
{
	const struct proc_entry *directory = proc_entry(file->inode);
	struct proc_node *child = directory->node->children;
	uint64_t place = 2;

	if (proc_entry_is_gone(directory))
		return -ENOENT;
	for (; child; child = child->next, place++) {
		struct proc_entry entry = *directory;

		if (place < *position || child == pid_node || child == tid_node)
			continue;
		entry.node = child;
		*position = place;
		if (!emit(context, child->name, inode_number(&entry),
			  entry_mode(&entry)))
			return 0;
		*position = place + 1;
	}
	*position = MAX(*position, (uint64_t)NUMBERS_START);
	read_numbers(directory, emit, context, position);
	return 0;
}

/* ---- Links ---- */

/* What a link leads to: a dentry, or NULL and a text, or NULL and *error. */
static struct dentry *link_target(struct inode *inode, char *buffer,
				  size_t size, int *error)
{
	const struct proc_entry *link = proc_entry(inode);
	struct dentry *target = NULL;
	uint64_t generation;
	struct file *file;

	*error = -ENOENT;
	if (proc_entry_is_gone(link))
		return NULL;
	if (link->fd >= 0 || link->node->file->ptrace) {
		*error = procfs_ptrace(link->process, &generation);
		if (*error)
			return NULL;
		*error = -ENOENT;
	}
	if (link->fd >= 0) {
		file = procfs_file(link->process, link->fd);
		target = file ? dentry_get(file->dentry) : NULL;
		file_put(file);
	} else {
		*error = 0;
		target = link->node->file->link(link->process, buffer, size,
						error);
	}
	if (target)
		*error = 0;
	return target;
}

static struct dentry *procfs_follow(struct inode *inode, int *error)
{
	char text[64];

	return link_target(inode, text, sizeof(text), error);
}

static long procfs_readlink(struct inode *inode, char *buffer, size_t size)
{
	int error;
	struct dentry *target = link_target(inode, buffer, size, &error);
	char *start = buffer;

	if (error)
		return error;
	if (target) {
		start = path_of(target, buffer, size);
		dentry_put(target);
	}
	if (!start)
		return -ENAMETOOLONG;
	memmove(buffer, start, strlen(start) + 1);
	return (long)strlen(buffer);
}

static const struct inode_ops procfs_ops = {
	.lookup = procfs_lookup,
	.readlink = procfs_readlink,
	.follow = procfs_follow,
	.release = procfs_release,
};

static const struct file_ops directory_ops = {
	.readdir = procfs_readdir,
	.seek = file_seek_sized,
};

/* ---- The root ---- */

static struct dentry *link_self(struct process *process, char *buffer,
				size_t size, int *error)
{
	(void)process, (void)error;
	snprintf(buffer, size, "%d", current_process()->pid->number);
	return NULL;
}

static struct dentry *link_thread_self(struct process *process, char *buffer,
				       size_t size, int *error)
{
	(void)process, (void)error;
	snprintf(buffer, size, "%d/task/%d", current_process()->pid->number,
		 current_task()->id);
	return NULL;
}

static struct dentry *link_mounts(struct process *process, char *buffer,
				  size_t size, int *error)
{
	(void)process, (void)error;
	strscpy(buffer, "self/mounts", size);
	return NULL;
}

PROC_FILES(links) = {
	{ .path = "self", .mode = 0777, .link = link_self },
	{ .path = "thread-self", .mode = 0777, .link = link_thread_self },
	{ .path = "mounts", .mode = 0777, .link = link_mounts },
};

/* What the links in /dev lead to. */
static const struct {
	const char *path, *target;
} device_links[] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
};

static void make_device_links(void)
{
	int error;

	for (size_t i = 0; i < ARRAY_SIZE(device_links); i++) {
		struct new_inode link = { .mode = S_IFLNK | 0777,
					  .target = device_links[i].target };

		dentry_put(
			name_create(NULL, device_links[i].path, &link, &error));
	}
}

/* Makes the nodes of all tables, and mounts the root at /proc. */
static void procfs_init(void)
{
	struct proc_entry entry = { .node = &root_node, .fd = -1 };
	struct inode *inode;
	struct dentry *root = NULL;

	pid_node = make_node("PID");
	fd_node = make_node("PID/fd");
	task_node = make_node("PID/task");
	tid_node = make_node("PID/task/TID");
	for (const struct proc_file *f = proc_files; f < proc_files_end; f++)
		make_node(f->path)->file = f;
	inode = new_inode(&entry);
	if (inode)
		root = ramfs_add_name(root_dentry, "proc", inode);
	if (!root)
		give_up("there is not enough memory for /proc");
	dentry_put(root);
	make_device_links();
}
HOOK(boot, procfs_init);
