/*
 * A sleeping lock, for work that may take long or touch user memory: in
 * directories, at a file's position. Taken before any spinlock; not from an
 * interrupt. Mutexes are ordered by their users: kernel/fs/inode.h.
 */
#ifndef KERNEL_SCHED_MUTEX_H
#define KERNEL_SCHED_MUTEX_H

#include "kernel/cpu/kprintf.h"
#include "kernel/lib/atomic.h"
#include "kernel/sched/wait.h"

struct mutex {
	bool held;               /* a task holds it; atomic */
	struct task *owner;      /* that task, for the assertion */
	struct wait_queue queue; /* tasks that wait for it */
};

/* For a static mutex of that name. */
#define MUTEX_INIT(name)                                \
	{                                               \
		.queue = {                              \
			SPINLOCK_INIT(RANK_WAIT),       \
			LIST_INIT((name).queue.waiters) \
		}                                       \
	}

void mutex_init(struct mutex *mutex);

/* The slow paths of the two functions below: another task holds the mutex, or
 * waits for it. */
void mutex_wait(struct mutex *mutex);
void mutex_hand_on(struct mutex *mutex);

static inline bool mutex_try_lock(struct mutex *mutex)
{
	return !atomic_exchange(&mutex->held, true);
}

static inline void mutex_lock(struct mutex *mutex)
{
	assert_no_spinlock("a mutex");
	if (unlikely(!mutex_try_lock(mutex)))
		mutex_wait(mutex);
	mutex->owner = current_task();
}

static inline void mutex_unlock(struct mutex *mutex)
{
	assert(mutex->owner == current_task());
	mutex->owner = NULL;
	/* a full barrier: it is free before we look for waiters */
	__atomic_store_n(&mutex->held, false, __ATOMIC_SEQ_CST);
	if (unlikely(!list_empty(&mutex->queue.waiters)))
		mutex_hand_on(mutex);
	explore_point();
}

#endif
