/*
 * Futexes: see futex.h. A word is known by what cannot change while somebody
 * waits: the file and the offset for shared memory, else space and address.
 *
 * One lock for all; a sleeper is in the list from before it reads the word, so
 * no wake-up is lost, and leaves it under the lock, so a waker may use it.
 */
#include "kernel/optional/threads/futex.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/futex.h"
#include "kernel/mm/space.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/signal.h"
#include "kernel/time/timer.h"

#define BUCKETS 64

struct key {
	uint64_t device; /* or the space's address, which is no device */
	uint64_t inode;  /* or 0 */
	uint64_t offset; /* in the file or the space */
};

struct sleeper {
	struct list_node node;
	struct key key;
	uint32_t bitset;
	struct task *task;
	bool woken; /* and no longer in the list */
};

static struct spinlock lock = SPINLOCK_INIT(RANK_FUTEX);
static struct list_node buckets[BUCKETS]; /* all zero: not yet a list */

/* ---- Words and lists ---------------------------------------------------------- */

static bool same_key(const struct key *a, const struct key *b)
{
	return a->offset == b->offset && a->inode == b->inode &&
	       a->device == b->device;
}

/* Lock held. */
static struct list_node *bucket(const struct key *key)
{
	uint64_t hash = key->offset / 4 ^ key->inode ^ key->device >> 8;
	struct list_node *list = &buckets[(hash ^ hash >> 6) % BUCKETS];

	if (!list->next)
		list_init(list);
	return list;
}

/* Shared memory has a file, if only one without a name. */
static void find_file(struct space *space, uaddr_t address, struct key *key)
{
	struct area *area;

	spin_lock(&space->lock);
	area = space_area(space, address);
	if (area && area->start <= address && (area->flags & AREA_SHARED) &&
	    area->ops->identity) {
		area->ops->identity(area, &key->device, &key->inode);
		key->offset = area->offset + (address - area->start);
	}
	spin_unlock(&space->lock);
}

static int get_key(struct futex futex, struct key *key)
{
	struct space *space = current_task()->space;
	uint32_t word;

	if (futex.address % sizeof(word))
		return -EINVAL;
	if (!user_range_ok(futex.address, sizeof(word)))
		return -EFAULT;
	*key = (struct key){ .device = (uint64_t)space,
			     .offset = futex.address };
	if (!futex.shared)
		return 0;
	find_file(space, futex.address, key);
	return get_user32(&word, futex.address);
}

/* ---- Waiting ------------------------------------------------------------------ */

static void join(struct sleeper *sleeper)
{
	spin_lock(&lock);
	list_add_tail(&sleeper->node, bucket(&sleeper->key));
	spin_unlock(&lock);
}

/* True: somebody has taken it out already, to wake it. */
static bool leave(struct sleeper *sleeper)
{
	bool woken;

	spin_lock(&lock);
	woken = sleeper->woken;
	if (!woken)
		list_remove(&sleeper->node);
	spin_unlock(&lock);
	return woken;
}

int futex_wait(struct futex futex, uint32_t value, uint32_t bitset, int clock,
	       uint64_t deadline)
{
	struct sleeper sleeper = { .bitset = bitset, .task = current_task() };
	int error = get_key(futex, &sleeper.key);
	uint32_t word;

	if (error)
		return error;
	join(&sleeper);
	error = get_user32(&word, futex.address);
	if (!error && word != value)
		error = -EAGAIN;
	if (!error)
		error = through_signals(
			sleep_event(READ_ONCE(sleeper.woken), clock, deadline));
	if (leave(&sleeper))
		return 0;
	return error == -ETIME ? -ETIMEDOUT : error;
}

/* ---- Waking ------------------------------------------------------------------- */

/* Lock held. */
static void release(struct sleeper *sleeper)
{
	list_remove(&sleeper->node);
	WRITE_ONCE(sleeper->woken, true);
	sched_wake(sleeper->task, WAKE_INTERRUPTIBLE);
}

/* Lock held. As on Linux the count is looked at after the first. */
static int wake(const struct key *key, int count, uint32_t bitset)
{
	struct sleeper *sleeper, *next;
	int woken = 0;

	list_for_each_entry_safe (sleeper, next, bucket(key), node) {
		if (!same_key(&sleeper->key, key) ||
		    !(sleeper->bitset & bitset))
			continue;
		release(sleeper);
		if (++woken >= count)
			break;
	}
	return woken;
}

int futex_wake(struct futex futex, int count, uint32_t bitset)
{
	struct key key;
	int result = get_key(futex, &key);

	if (result)
		return result;
	spin_lock(&lock);
	result = wake(&key, count, bitset);
	spin_unlock(&lock);
	return result;
}

/* Lock held. */
static int wake_and_move(const struct key *from, const struct key *to,
			 int count, int more)
{
	struct sleeper *sleeper, *next;
	int done = 0;

	list_for_each_entry_safe (sleeper, next, bucket(from), node) {
		if (done - count >= more)
			break;
		if (!same_key(&sleeper->key, from))
			continue;
		if (done++ < count) {
			release(sleeper);
			continue;
		}
		list_remove(&sleeper->node);
		sleeper->key = *to;
		list_add_tail(&sleeper->node, bucket(to));
	}
	return done;
}

int futex_requeue(struct futex from, struct futex to, int count, int more,
		  const uint32_t *expected)
{
	struct key from_key, to_key;
	uint32_t word;
	int result = get_key(from, &from_key) ?: get_key(to, &to_key);

	if (!result && expected) {
		result = get_user32(&word, from.address);
		if (!result && word != *expected)
			result = -EAGAIN;
	}
	if (result)
		return result;
	spin_lock(&lock);
	if (same_key(&from_key, &to_key))
		result = wake(&from_key, count, FUTEX_BITSET_MATCH_ANY);
	else
		result = wake_and_move(&from_key, &to_key, count, more);
	spin_unlock(&lock);
	return result;
}
