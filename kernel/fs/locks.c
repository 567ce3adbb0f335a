/*
 * Locks on files: see locks.h. Each inode has a list; one mutex guards all
 * lists, and who waits looks again whenever any lock goes.
 */
#include "kernel/fs/locks.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/inode.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/sched/restart.h"

struct lock {
	struct list_node node; /* in inode->locks */
	struct lock_range range;
};

static struct mutex mutex = MUTEX_INIT(mutex);
static struct wait_queue released = {
	SPINLOCK_INIT(RANK_WAIT),
	LIST_INIT(released.waiters),
};

static bool overlap(const struct lock_range *a, const struct lock_range *b)
{
	return a->whole == b->whole && a->start <= b->end && b->start <= a->end;
}

/* Mutex held. */
static struct lock *find_conflict(struct inode *inode,
				  const struct lock_range *wanted)
{
	struct lock *lock;

	list_for_each_entry (lock, &inode->locks, node)
		if (lock->range.owner != wanted->owner &&
		    overlap(&lock->range, wanted) &&
		    (lock->range.exclusive || wanted->exclusive))
			return lock;
	return NULL;
}

static void add(struct inode *inode, struct lock *lock,
		const struct lock_range *range)
{
	lock->range = *range;
	list_add_tail(&lock->node, &inode->locks);
}

/*
 * Takes the range out of the owner's locks. One that reaches across it at both
 * ends falls in two: *spare is used for the second. Mutex held.
 */
static void cut(struct inode *inode, const struct lock_range *range,
		struct lock **spare)
{
	struct lock *lock, *next;

	list_for_each_entry_safe (lock, next, &inode->locks, node) {
		struct lock_range *its = &lock->range;
		struct lock_range rest = *its;

		if (its->owner != range->owner || !overlap(its, range))
			continue;
		if (its->start >= range->start && its->end <= range->end) {
			list_remove(&lock->node);
			kfree(lock);
		} else if (its->start >= range->start) {
			its->start = range->end + 1;
		} else {
			its->end = range->start - 1;
			rest.start = range->end + 1;
			if (rest.end <= range->end)
				continue;
			add(inode, *spare, &rest);
			*spare = NULL;
		}
	}
}

/* Replaces the owner's locks in the range; a NULL `new` leaves none. */
static void replace(struct inode *inode, const struct lock_range *range,
		    struct lock *new, struct lock **spare)
{
	cut(inode, range, spare);
	if (new)
		add(inode, new, range);
}

static int try_take(struct inode *inode, const struct lock_range *range,
		    struct lock **new, struct lock **spare)
{
	int result = -EAGAIN;

	mutex_lock(&mutex);
	if (!find_conflict(inode, range)) {
		replace(inode, range, *new, spare);
		*new = NULL;
		result = 0;
	}
	mutex_unlock(&mutex);
	if (!result) /* an exclusive one may have become shared */
		wake_all(&released);
	return result;
}

int locks_take(struct inode *inode, const struct lock_range *range, bool wait)
{
	struct lock *new = kmalloc(sizeof(*new));
	struct lock *spare = kmalloc(sizeof(*spare));
	int result = -ENOLCK;

	if (new && spare) {
		/* flock gives up the old lock before it waits */
		result = try_take(inode, range, &new, &spare);
		if (result && range->whole)
			locks_drop(inode, range->owner);
		if (result && wait &&
		    wait_event(&released, !(result = try_take(inode, range,
							      &new, &spare))))
			result = -ERESTARTSYS;
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
	mutex_lock(&mutex);
	cut(inode, range, &spare);
	mutex_unlock(&mutex);
	kfree(spare);
	wake_all(&released);
	return 0;
}

bool locks_find(struct inode *inode, const struct lock_range *range,
		struct lock_range *other)
{
	struct lock *lock;

	mutex_lock(&mutex);
	lock = find_conflict(inode, range);
	if (lock)
		*other = lock->range;
	mutex_unlock(&mutex);
	return lock;
}

void locks_drop(struct inode *inode, const void *owner)
{
	struct lock *lock, *next;

	if (list_empty(&inode->locks))
		return;
	mutex_lock(&mutex);
	list_for_each_entry_safe (lock, next, &inode->locks, node) {
		if (lock->range.owner != owner)
			continue;
		list_remove(&lock->node);
		kfree(lock);
	}
	mutex_unlock(&mutex);
	wake_all(&released);
}
