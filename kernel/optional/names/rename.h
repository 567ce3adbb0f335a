/*
 * rename(2) on paths in kernel memory. `flags` is RENAME_NOREPLACE or 0; a base
 * is as for path_lookup(). Returns 0 or the -errno of the manual page.
 */
#ifndef KERNEL_OPTIONAL_NAMES_RENAME_H
#define KERNEL_OPTIONAL_NAMES_RENAME_H

struct dentry;

int name_rename(struct dentry *from_base, const char *from_path,
		struct dentry *to_base, const char *to_path, unsigned flags);

#endif
