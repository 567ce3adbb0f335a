/*
 * /proc as a filesystem: names, directories and links. The text of its files is
 * made by procfs_text.c.
 *
 * Inodes are made at each lookup and know their node and process number;
 * nothing is kept, so nothing is stale.
 */
#include "kernel/cpu/kprintf.h"
#include "kernel/fs/path.h"
#include "kernel/fs/names.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/optional/procfs/procfs_node.h"
#include "kernel/process/process.h"

/* The root's children include the process directory's model, named "PID". */
static struct proc_node root_node = { .name = "/" };
static struct proc_node *pid_node, *fd_node;

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

struct process *procfs_find(const struct proc_inode *inode)
{
	return inode->pid ? process_find(inode->pid) : NULL;
}

struct process *procfs_process(struct file *file)
{
	return procfs_find(proc_inode(file->inode));
}

void procfs_put(struct process *process)
{
	if (process)
		process_put(process);
}

static const struct inode_ops procfs_ops;
static const struct file_ops directory_ops;

static uint64_t inode_number(const struct proc_node *node, int pid, int fd)
{
	return (uint64_t)pid << 32 | (uint64_t)node->id << 16 |
	       (uint64_t)(fd + 1);
}

/* Type and rights of what stands at a node. */
static uint32_t node_mode(const struct proc_node *node, int fd)
{
	if (fd >= 0)
		return S_IFLNK | 0700;
	if (node == fd_node)
		return S_IFDIR | 0500;
	if (!node->file)
		return S_IFDIR | 0555;
	if (node->file->link)
		return S_IFLNK | 0777;
	return S_IFREG | node->file->mode;
}

static struct inode *new_inode(struct proc_node *node, int pid, int fd,
			       struct process *process)
{
	uint32_t mode = node_mode(node, fd);
	const struct file_ops *ops = &proc_text_ops;
	struct inode *inode;

	if (S_ISDIR(mode))
		ops = &directory_ops;
	else if (fd < 0 && node->file->ops)
		ops = node->file->ops;
	inode = inode_new(sizeof(struct proc_inode), DEVICE_PROC, mode,
			  &procfs_ops, ops);
	if (!inode)
		return NULL;
	inode->number = inode_number(node, pid, fd);
	inode->uid = inode->gid = 0;
	if (process) {
		inode->uid = process->credentials.euid;
		inode->gid = process->credentials.egid;
	}
	if (S_ISDIR(mode))
		inode->links = 2;
	proc_inode(inode)->node = node;
	proc_inode(inode)->pid = pid;
	proc_inode(inode)->fd = fd;
	return inode;
}

/* A number as it stands in a name: no sign, no leading 0; or -1. */
static int parse_number(const char *name)
{
	long number;

	if (*name < '0' || *name > '9' || (*name == '0' && name[1]))
		return -1;
	if (parse_int(name, &number) || number > INT32_MAX)
		return -1;
	return (int)number;
}

static bool has_fd(struct process *process, int fd)
{
	struct file *file = fd < 0 ? NULL : procfs_file(process, fd);

	file_put(file);
	return file;
}

/* ---- Directories ---- */

/* The inode that `name` is in `directory`, or NULL and *error. */
static struct inode *lookup_inode(const struct proc_inode *directory,
				  const char *name, int *error)
{
	struct proc_node *node = directory->node, *child;
	struct process *process = procfs_find(directory);
	int pid = directory->pid, fd = -1;
	struct inode *inode = NULL;

	*error = -ENOENT;
	child = find_child(node, name, strlen(name));
	if (pid && !process)
		return NULL;
	if (node == fd_node) {
		fd = parse_number(name);
		child = has_fd(process, fd) ? fd_node : NULL;
	} else if (node == &root_node && (!child || child == pid_node)) {
		pid = parse_number(name);
		process = pid > 0 ? process_find(pid) : NULL;
		child = process ? pid_node : NULL;
	}
	if (child) {
		*error = -ENOMEM;
		inode = new_inode(child, pid, fd, process);
	}
	procfs_put(process);
	return inode;
}

static struct dentry *procfs_lookup(struct dentry *directory, const char *name,
				    int *error)
{
	struct inode *inode = lookup_inode(proc_inode(directory->inode), name,
					   error);
	struct dentry *dentry;

	if (!inode)
		return NULL;
	dentry = dentry_new(directory, name, inode);
	if (!dentry)
		*error = -ENOMEM;
	return dentry;
}

/* Entries that are numbers: the smallest from `from` on, or -1. */
static int next_number(const struct proc_inode *directory,
		       struct process *process, int from)
{
	int next;

	if (directory->node == fd_node)
		return procfs_next_file(process, from);
	if (directory->node != &root_node)
		return -1;
	next = procfs_next_process(from - 1);
	return next ? next : -1;
}

static void read_numbers(const struct proc_inode *directory,
			 struct process *process, readdir_emit *emit,
			 void *context, uint64_t *position)
{
	bool fds = directory->node == fd_node;
	int from = (int)MIN(*position - NUMBERS_START, INT32_MAX - 1ul);
	char name[16];

	if (!fds && from == 0)
		from = 1;
	while ((from = next_number(directory, process, from)) >= 0) {
		struct proc_node *node = fds ? fd_node : pid_node;
		int pid = fds ? directory->pid : from, fd = fds ? from : -1;

		*position = NUMBERS_START + (uint64_t)from;
		snprintf(name, sizeof(name), "%d", from);
		if (!emit(context, name, inode_number(node, pid, fd),
			  node_mode(node, fd)))
			return;
		*position = NUMBERS_START + (uint64_t)++from;
	}
}

static int procfs_readdir(struct file *file, readdir_emit *emit, void *context,
			  uint64_t *position)
{
	struct proc_inode *directory = proc_inode(file->inode);
	struct process *process = procfs_find(directory);
	struct proc_node *child = directory->node->children;
	uint64_t place = 2;

	if (directory->pid && !process)
		return -ENOENT;
	for (; child; child = child->next, place++) {
		if (place < *position || child == pid_node)
			continue;
		*position = place;
		if (!emit(context, child->name,
			  inode_number(child, directory->pid, -1),
			  node_mode(child, -1)))
			goto out;
		*position = place + 1;
	}
	*position = MAX(*position, (uint64_t)NUMBERS_START);
	read_numbers(directory, process, emit, context, position);
out:
	procfs_put(process);
	return 0;
}

/* ---- Links ---- */

/* What a link leads to: a dentry, or NULL and a text, or NULL and *error. */
static struct dentry *link_target(struct inode *inode, char *buffer,
				  size_t size, int *error)
{
	struct proc_inode *link = proc_inode(inode);
	struct process *process = procfs_find(link);
	struct dentry *target = NULL;
	struct file *file;

	*error = -ENOENT;
	if (link->fd >= 0 && process) {
		file = procfs_file(process, link->fd);
		target = file ? dentry_get(file->dentry) : NULL;
		file_put(file);
	} else if (link->fd < 0 && (process || !link->pid)) {
		*error = 0;
		target = link->node->file->link(process, buffer, size, error);
	}
	if (target)
		*error = 0;
	procfs_put(process);
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

static struct dentry *link_mounts(struct process *process, char *buffer,
				  size_t size, int *error)
{
	(void)process, (void)error;
	strscpy(buffer, "self/mounts", size);
	return NULL;
}

PROC_FILES(links) = {
	{ .path = "self", .mode = 0777, .link = link_self },
	{ .path = "mounts", .mode = 0777, .link = link_mounts },
};

/* Makes the nodes of all tables, and mounts the root at /proc. */
static void procfs_init(void)
{
	struct inode *inode;
	struct dentry *root = NULL, *directory;
	int error;

	pid_node = make_node("PID");
	fd_node = make_node("PID/fd");
	for (const struct proc_file *f = proc_files; f < proc_files_end; f++)
		make_node(f->path)->file = f;
	inode = new_inode(&root_node, 0, -1, NULL);
	if (inode)
		root = dentry_new(NULL, "/", inode);
	if (!root || name_create(NULL, "/proc", S_IFDIR | 0555, 0))
		give_up("there is not enough memory for /proc");
	directory = path_lookup(NULL, "/proc", PATH_DIRECTORY, &error);
	path_mount(directory, root);
	dentry_put(directory);
}
HOOK(boot, procfs_init);
