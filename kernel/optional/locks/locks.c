/*
 * Locks on files: see locks.h. Each inode has a list of them, sorted by the
 * first byte. One mutex guards all lists. A task that waits tries again
 * whenever any lock is released.
 */
#include "kernel/optional/locks/locks.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/sched/restart.h"

#define CIRCLE_MAX 10 /* owners that a search for a deadlock visits */

struct lock {
	struct list_node node; /* in inode->locks */
	struct lock_range range;
};

/* A task that waits for a lock; on that task's stack. */
struct request {
	struct list_node node;
	struct inode *inode;
	const struct lock_range *wanted;
};

static struct mutex locks_mutex = MUTEX_INIT(locks_mutex);
static struct list_node requests = LIST_INIT(requests); /* under the mutex */
static struct wait_queue lock_released = {
	SPINLOCK_INIT(RANK_WAIT),
	LIST_INIT(lock_released.waiters),
};

static bool ranges_overlap(const struct lock_range *a,
			   const struct lock_range *b)
{
	return a->start <= b->end && b->start <= a->end;
}

/* Do the ranges overlap, or does one begin where the other ends? */
static bool ranges_touch(const struct lock_range *a, const struct lock_range *b)
{
	return (!a->start || a->start - 1 <= b->end) &&
	       (!b->start || b->start - 1 <= a->end);
}

/* ---- One inode's list; the mutex is held ------------------------------------- */

static struct lock *find_conflict(struct inode *inode,
				  const struct lock_range *wanted)
{
	struct lock *lock;

	list_for_each_entry (lock, &inode->locks, node)
		if (lock->range.owner != wanted->owner &&
		    lock->range.whole == wanted->whole &&
		    ranges_overlap(&lock->range, wanted) &&
		    (lock->range.exclusive || wanted->exclusive))
			return lock;
	return NULL;
}

/* Puts a lock where its first byte belongs in the list. */
static void lock_insert(struct inode *inode, struct lock *lock,
			const struct lock_range *range)
{
	struct lock *other;

	lock->range = *range;
	list_for_each_entry (other, &inode->locks, node)
		if (other->range.start > range->start)
			break;
	list_add_tail(&lock->node, &other->node);
}

/*
 * Takes `range` out of a lock that overlaps it. What is left on one side keeps
 * the lock's memory, what is left on the other uses *spare.
 */
static void lock_cut(struct inode *inode, struct lock *lock,
		     const struct lock_range *range, struct lock **spare)
{
	struct lock_range left = lock->range, right = lock->range;

	list_remove(&lock->node);
	if (left.start < range->start) {
		left.end = range->start - 1;
		lock_insert(inode, lock, &left);
		lock = NULL;
	}
	if (right.end > range->end) {
		right.start = range->end + 1;
		lock_insert(inode, lock ? lock : *spare, &right);
		if (!lock)
			*spare = NULL;
		lock = NULL;
	}
	kfree(lock);
}

/*
 * Replaces what the owner has in the range by the lock *new; by nothing if
 * `new` is NULL. Neighbours of the same kind become one lock.
 */
static void lock_replace(struct inode *inode, const struct lock_range *range,
			 struct lock **new, struct lock **spare)
{
	struct lock_range joined = *range;
	struct lock *lock, *next;

	list_for_each_entry_safe (lock, next, &inode->locks, node) {
		struct lock_range *its = &lock->range;

		if (its->owner != range->owner || its->whole != range->whole)
			continue;
		if (new && its->exclusive == range->exclusive &&
		    ranges_touch(its, range)) {
			joined.start = MIN(joined.start, its->start);
			joined.end = MAX(joined.end, its->end);
			list_remove(&lock->node);
			kfree(lock);
		} else if (ranges_overlap(its, range)) {
			lock_cut(inode, lock, range, spare);
		}
	}
	if (new) {
		lock_insert(inode, *new, &joined);
		*new = NULL;
	}
}

/* ---- Taking and waiting ------------------------------------------------------ */

/* The lock that `owner` waits for, or NULL. The mutex is held. */
static const struct lock *blocker_of(const void *owner)
{
	struct request *request;

	list_for_each_entry (request, &requests, node)
		if (request->wanted->owner == owner)
			return find_conflict(request->inode, request->wanted);
	return NULL;
}

/*
 * Would an owner that waits for `lock` wait for itself? Only processes are
 * asked: a file may be closed by somebody else, which ends its locks. The
 * mutex is held.
 */
static bool is_circle(const struct lock_range *wanted, const struct lock *lock)
{
	if (wanted->whole || wanted->pid < 0)
		return false;
	for (int i = 0; lock && i < CIRCLE_MAX; i++) {
		if (lock->range.owner == wanted->owner)
			return true;
		lock = blocker_of(lock->range.owner);
	}
	return false;
}

/* Returns 0, -EAGAIN, or -EDEADLK, which counts only for a task that would
 * wait. */
static int try_take(struct inode *inode, const struct lock_range *wanted,
		    struct lock **new, struct lock **spare)
{
	struct lock *conflict;
	int result = 0;

	mutex_lock(&locks_mutex);
	conflict = find_conflict(inode, wanted);
	if (!conflict)
		lock_replace(inode, wanted, new, spare);
	else
		result = is_circle(wanted, conflict) ? -EDEADLK : -EAGAIN;
	mutex_unlock(&locks_mutex);
	if (!result) /* an exclusive lock may have become a shared one */
		wake_all(&lock_released);
	return result;
}

static int wait_and_take(struct inode *inode, const struct lock_range *wanted,
			 struct lock **new, struct lock **spare)
{
	struct request request = { .inode = inode, .wanted = wanted };
	int result, interrupted;

	mutex_lock(&locks_mutex);
	list_add_tail(&request.node, &requests);
	mutex_unlock(&locks_mutex);
	interrupted = wait_event(&lock_released,
				 (result = try_take(inode, wanted, new,
						    spare)) != -EAGAIN);
	mutex_lock(&locks_mutex);
	list_remove(&request.node);
	mutex_unlock(&locks_mutex);
	return interrupted ? -ERESTARTSYS : result;
}

int locks_take(struct inode *inode, const struct lock_range *wanted, bool wait)
{
	struct lock *new = kmalloc(sizeof(*new));
	struct lock *spare = kmalloc(sizeof(*spare));
	int result = -ENOLCK;

	if (new && spare) {
		result = try_take(inode, wanted, &new, &spare);
		/* flock(2) gives up the old lock before it waits */
		if (result && wanted->whole)
			locks_release(inode, wanted);
		if (result == -EAGAIN && wait)
			result = wait_and_take(inode, wanted, &new, &spare);
		else if (result && !wait)
			result = -EAGAIN;
	}
	kfree(new);
	kfree(spare);
	return result;
}

int locks_release(struct inode *inode, const struct lock_range *range)
{
	struct lock *spare = kmalloc(sizeof(*spare));

	if (!spare)
		return -ENOLCK;
	mutex_lock(&locks_mutex);
	lock_replace(inode, range, NULL, &spare);
	mutex_unlock(&locks_mutex);
	kfree(spare);
	wake_all(&lock_released);
	return 0;
}

bool locks_find(struct inode *inode, const struct lock_range *wanted,
		struct lock_range *found)
{
	struct lock *lock;

	mutex_lock(&locks_mutex);
	lock = find_conflict(inode, wanted);
	if (lock)
		*found = lock->range;
	mutex_unlock(&locks_mutex);
	return lock;
}

/* ---- The end of an owner ----------------------------------------------------- */

static void locks_drop(struct inode *inode, const void *owner)
{
	struct lock *lock, *next;

	if (list_empty(&inode->locks))
		return;
	mutex_lock(&locks_mutex);
	list_for_each_entry_safe (lock, next, &inode->locks, node) {
		if (lock->range.owner != owner)
			continue;
		list_remove(&lock->node);
		kfree(lock);
	}
	mutex_unlock(&locks_mutex);
	wake_all(&lock_released);
}

static void locks_file_closed(struct file *file)
{
	locks_drop(file->inode, file);
}
HOOK(file_closed, locks_file_closed);

/* Closing any descriptor of a file ends all of the process's record locks on
 * it (fcntl(2)). */
static void locks_descriptor_closed(struct files *files, struct file *file)
{
	locks_drop(file->inode, files);
}
HOOK(descriptor_closed, locks_descriptor_closed);
