/*
 * Dentries: the tree of the names that ramfs keeps in memory, and the way from
 * any name up to the root. kernel/fs/path.c walks down.
 */
#include "kernel/fs/inode.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"

#define BUCKETS 1024

/* The names of the tree, by the hash of parent and name; under tree_lock. */
struct spinlock tree_lock = SPINLOCK_INIT(RANK_INODE);
static struct dentry *buckets[BUCKETS];

/* FNV-1a over the name, begun with the directory's address. */
static uint32_t name_hash(const struct dentry *parent, const char *name)
{
	uint32_t hash = 2166136261u ^ (uint32_t)((uint64_t)parent >> 6);

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619u;
	return hash ^ hash >> 16;
}

struct dentry *dentry_new(struct dentry *parent, const char *name,
			  struct inode *inode)
{
	size_t size = strlen(name) + 1;
	struct dentry *dentry = kzalloc(sizeof(*dentry) + size);

	if (!dentry) {
		inode_put(inode);
		return NULL;
	}
	dentry->refs = 1;
	dentry->parent = parent ? dentry_get(parent) : NULL;
	dentry->inode = inode;
	dentry->name = memcpy(dentry + 1, name, size);
	list_init(&dentry->sibling);
	list_init(&dentry->children);
	return dentry;
}

struct dentry *dentry_get(struct dentry *dentry)
{
	atomic_fetch_add(&dentry->refs, 1);
	return dentry;
}

void dentry_free_name(struct dentry *dentry, const char *name)
{
	if (name != (const char *)(dentry + 1))
		kfree((void *)name);
}

/* The last reference to a name may have been the last one to its directory,
 * and so on upwards. */
void dentry_put(struct dentry *dentry)
{
	while (dentry && atomic_fetch_sub(&dentry->refs, 1) == 1) {
		struct dentry *parent = dentry->parent;

		inode_put(dentry->inode);
		dentry_free_name(dentry, dentry->name);
		kfree(dentry);
		dentry = parent;
	}
}

void dentry_attach(struct dentry *dentry)
{
	struct list_node *children = &dentry->parent->children;
	struct dentry *last = list_last(children, struct dentry, sibling);
	uint32_t hash = name_hash(dentry->parent, dentry->name);

	dentry->hash = hash;
	dentry->next = buckets[hash % BUCKETS];
	buckets[hash % BUCKETS] = dentry;
	/* 0 and 1 are "." and ".." */
	dentry->cookie = last ? last->cookie + 1 : 2;
	list_add_tail(&dentry->sibling, children);
}

void dentry_detach(struct dentry *dentry)
{
	struct dentry **link = &buckets[dentry->hash % BUCKETS];

	while (*link != dentry)
		link = &(*link)->next;
	*link = dentry->next;
	list_remove(&dentry->sibling);
}

void dentry_add(struct dentry *dentry)
{
	dentry_get(dentry);
	spin_lock(&tree_lock);
	dentry_attach(dentry);
	spin_unlock(&tree_lock);
}

void dentry_remove(struct dentry *dentry)
{
	spin_lock(&tree_lock);
	dentry_detach(dentry);
	dentry->unlinked = true;
	spin_unlock(&tree_lock);
	dentry_put(dentry);
}

struct dentry *dentry_find(struct dentry *parent, const char *name)
{
	uint32_t hash = name_hash(parent, name);
	struct dentry *found;

	spin_lock(&tree_lock);
	for (found = buckets[hash % BUCKETS]; found; found = found->next) {
		if (found->hash == hash && found->parent == parent &&
		    strcmp(found->name, name) == 0) {
			dentry_get(found);
			break;
		}
	}
	spin_unlock(&tree_lock);
	return found;
}

struct dentry *dentry_parent(struct dentry *dentry)
{
	struct dentry *parent;

	spin_lock(&tree_lock);
	parent = dentry_get(dentry->parent ? dentry->parent : dentry);
	spin_unlock(&tree_lock);
	return parent;
}

/* Puts `text` in front of *start. Returns false if there is no room. */
static bool prepend(char **start, const char *buffer, const char *text)
{
	size_t length = strlen(text);

	if ((size_t)(*start - buffer) < length)
		return false;
	*start -= length;
	memcpy(*start, text, length);
	return true;
}

char *path_of(struct dentry *dentry, char *buffer, size_t size)
{
	char *start = buffer + size - 1;
	bool fits;

	*start = '\0';
	spin_lock(&tree_lock);
	fits = !dentry->unlinked || prepend(&start, buffer, " (deleted)");
	if (!dentry->parent) /* "/", or the name of a pipe */
		fits = fits && prepend(&start, buffer, dentry->name);
	for (; fits && dentry->parent; dentry = dentry->parent)
		fits = prepend(&start, buffer, dentry->name) &&
		       prepend(&start, buffer, "/");
	spin_unlock(&tree_lock);
	return fits ? start : NULL;
}
