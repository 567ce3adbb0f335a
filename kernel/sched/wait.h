/*
 * Wait queues: tasks that sleep until a condition becomes true. The sleeper
 * tests the condition after it has joined the queue, so no wake-up is lost.
 */
#ifndef KERNEL_SCHED_WAIT_H
#define KERNEL_SCHED_WAIT_H

#include "kernel/abi/errno.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/list.h"
#include "kernel/sched/sched.h"

struct wait_queue {
	struct spinlock lock;     /* RANK_WAIT */
	struct list_node waiters; /* struct waiter, the oldest first */
};

struct waiter {
	struct list_node node; /* in the queue's list */
	struct task *task;     /* the task to be woken, if `call` is NULL */
	/* Called instead of waking a task: the queue's lock is held, interrupts
	 * are off, and the waiter stays in the queue. */
	void (*call)(struct waiter *waiter);
};

void wait_queue_init(struct wait_queue *queue);

/* Adds and removes a waiter for the current task, whose `call` is set. A task
 * may be in several queues at the same time, as in poll(2). */
void wait_join(struct wait_queue *queue, struct waiter *waiter);
void wait_leave(struct wait_queue *queue, struct waiter *waiter);

/* Wake all sleepers, or the one that has waited longest. May be called from
 * anywhere. */
void wake_all(struct wait_queue *queue);
void wake_one(struct wait_queue *queue);

/* Returns whether a signal ends an interruptible sleep of the current task. */
static inline bool task_interrupted(void)
{
	return READ_ONCE(current_task()->context.work) & WORK_SIGNAL;
}

/*
 * Sleeps until `condition` is true, or until `ended` is an error, which is the
 * result. Both are evaluated with no lock held. The code that makes one of them
 * true wakes the task afterwards.
 */
#define sleep_loop(sleep_state, condition, ended)     \
	({                                            \
		int result_ = 0;                      \
                                                      \
		for (;;) {                            \
			sched_set_state(sleep_state); \
			explore_point();              \
			if (condition)                \
				break;                \
			result_ = (ended);            \
			if (result_)                  \
				break;                \
			schedule();                   \
		}                                     \
		sched_set_state(TASK_RUNNABLE);       \
		result_;                              \
	})

/* Adds the task to the queue for as long as the sleep takes. */
#define sleep_in_queue(queue, loop)            \
	({                                     \
		struct waiter waiter_ = { 0 }; \
		int slept_;                    \
                                               \
		wait_join(queue, &waiter_);    \
		slept_ = (loop);               \
		wait_leave(queue, &waiter_);   \
		slept_;                        \
	})

/*
 * Sleeps until `condition` is true. Returns 0, or -EINTR when a signal came
 * first; the uninterruptible form has no result.
 */
#define wait_event(queue, condition)                                    \
	sleep_in_queue(queue, sleep_loop(TASK_INTERRUPTIBLE, condition, \
					 task_interrupted() ? -EINTR : 0))
#define wait_event_uninterruptible(queue, condition) \
	((void)sleep_in_queue(queue,                 \
			      sleep_loop(TASK_UNINTERRUPTIBLE, condition, 0)))

#endif
