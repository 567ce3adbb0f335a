/*
 * A sleeping lock, for what may take long or touch user memory while held:
 * directories, a file's position. Taken before any spinlock; not from an
 * interrupt. Mutexes are ordered by their users: kernel/fs/inode.h.
 */
#ifndef KERNEL_SCHED_MUTEX_H
#define KERNEL_SCHED_MUTEX_H

#include "kernel/sched/wait.h"

struct mutex {
	bool held;          /* atomic */
	struct task *owner; /* for reports */
	struct wait_queue queue;
};

/* For a static mutex of that name. */
#define MUTEX_INIT(name)                                     \
	{                                                    \
		.queue = { SPINLOCK_INIT(RANK_WAIT),         \
			   LIST_INIT((name).queue.waiters) } \
	}

void mutex_init(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

#endif
