/*
 * Process numbers: a bitmap says which are taken, and a hash table leads from a
 * number to its struct pid.
 */
#include "kernel/process/pid.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/bitmap.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/process/process.h"

#define BUCKETS 256

int pid_max = PID_MAX;

static BITMAP(taken, PID_MAX);
static struct list_node buckets[BUCKETS];
static int last;       /* the number given away last */
static unsigned count; /* numbers in use; both under process_lock */

void pid_init(void)
{
	for (int i = 0; i < BUCKETS; i++)
		list_init(&buckets[i]);
	bitmap_set(taken, 0);
}

int pid_last(void)
{
	return READ_ONCE(last);
}

unsigned pid_count(void)
{
	return READ_ONCE(count);
}

/* Takes the next free number, or returns 0. process_lock is held. */
static int take_number(void)
{
	size_t limit = (size_t)READ_ONCE(pid_max), number = limit;

	if ((size_t)last + 1 < limit)
		number = bitmap_next(taken, limit, (size_t)last + 1, false);
	if (number == limit)
		number = bitmap_next(taken, limit, PID_WRAP, false);
	if (number == limit)
		return 0;
	bitmap_set(taken, number);
	count++;
	last = (int)number;
	return last;
}

/* Numbers are given in ascending order, so one is not used again soon. */
struct pid *pid_new(int *error)
{
	struct pid *pid = kzalloc(sizeof(*pid));

	*error = -ENOMEM;
	if (!pid)
		return NULL;
	spin_lock(&process_lock);
	pid->number = take_number();
	if (pid->number) {
		pid->refs = 1;
		list_init(&pid->group);
		list_init(&pid->session);
		list_add_head(&pid->hash, &buckets[pid->number % BUCKETS]);
	}
	spin_unlock(&process_lock);
	if (pid->number)
		return pid;
	*error = -EAGAIN;
	kfree(pid);
	return NULL;
}

struct pid *pid_find(int number)
{
	struct pid *pid;

	if (number <= 0 || number >= PID_MAX)
		return NULL;
	list_for_each_entry (pid, &buckets[number % BUCKETS], hash)
		if (pid->number == number)
			return pid;
	return NULL;
}

void pid_get(struct pid *pid)
{
	atomic_fetch_add(&pid->refs, 1);
}

void pid_put(struct pid *pid)
{
	if (atomic_fetch_sub(&pid->refs, 1) == 1)
		kfree(pid);
}

void pid_left(struct pid *pid)
{
	if (pid->task || pid->process || !list_empty(&pid->group) ||
	    !list_empty(&pid->session) || list_empty(&pid->hash))
		return;
	list_remove(&pid->hash);
	bitmap_clear(taken, (size_t)pid->number);
	count--;
}

int pid_next(int number)
{
	size_t next;

	if (number < 0)
		number = 0;
	next = bitmap_next(taken, PID_MAX, (size_t)number + 1, true);
	return next < PID_MAX ? (int)next : 0;
}
