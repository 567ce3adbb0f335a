/*
 * The part "locks": locks on files that programs agree to respect, flock(2)
 * and the record locks of fcntl(2), which are locks on ranges of bytes. The
 * two kinds do not see each other.
 *
 * Without the part, flock() answers -ENOSYS and the lock commands of fcntl()
 * -EINVAL: databases, mail programs and package managers miss it. It needs no
 * other part.
 */
#ifndef KERNEL_OPTIONAL_LOCKS_H
#define KERNEL_OPTIONAL_LOCKS_H

#include <stdbool.h>
#include <stdint.h>

struct file;
struct files;
struct inode;

/*
 * A lock, or the wish for one. The owner is a struct file, or for record locks
 * of a process its struct files. It is only compared, and never outlives its
 * locks: they are dropped when a descriptor or the file is closed.
 */
struct lock_range {
	bool whole;          /* from flock(2), on the file as a whole */
	bool exclusive;      /* or shared */
	const void *owner;   /* see above */
	int pid;             /* what F_GETLK reports; -1: a file is the owner */
	uint64_t start, end; /* first and last byte */
};

/*
 * Makes the owner's lock on the range this one. Waits while other owners'
 * locks conflict, or fails at once. Returns 0, -EAGAIN, -ENOLCK (out of
 * memory), -ERESTARTSYS, or -EDEADLK where owners would wait in a circle.
 */
int locks_take(struct inode *inode, const struct lock_range *wanted, bool wait);

/* Takes the range out of the owner's locks. Returns 0 or -ENOLCK. */
int locks_release(struct inode *inode, const struct lock_range *range);

/* Finds the first lock that conflicts, by its place in the file. Returns false
 * if there is none. */
bool locks_find(struct inode *inode, const struct lock_range *wanted,
		struct lock_range *found);

#endif
