/*
 * Locks on files that programs agree to respect: flock(2), and fcntl(2)'s on
 * ranges of bytes. The two kinds do not see each other.
 */
#ifndef KERNEL_FS_LOCKS_H
#define KERNEL_FS_LOCKS_H

#include <stdbool.h>
#include <stdint.h>

struct file;
struct inode;

struct lock_range {
	bool whole;          /* flock's: the file as a whole, owned by a file */
	bool exclusive;      /* or shared */
	const void *owner;   /* a struct file, or the files of a process */
	int pid;             /* whom F_GETLK names; -1: a file owns it */
	uint64_t start, end; /* first and last byte */
};

/*
 * Makes the owner's lock on the range this one; waits for others to go, or does
 * not. 0, -EAGAIN, -ENOLCK (memory), -ERESTARTSYS.
 */
int locks_take(struct inode *inode, const struct lock_range *lock, bool wait);

/* The owner has no lock in the range any more: 0 or -ENOLCK. */
int locks_release(struct inode *inode, const struct lock_range *lock);

/* Whose lock is in the way? False: nobody's. */
bool locks_find(struct inode *inode, const struct lock_range *lock,
		struct lock_range *other);

/* All of the owner's go. */
void locks_drop(struct inode *inode, const void *owner);

#endif
