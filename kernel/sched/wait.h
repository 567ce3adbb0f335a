/*
 * Wait queues: tasks that sleep until something becomes true. The sleeper
 * tests the condition after it has joined the queue, so no wake-up is lost.
 */
#ifndef KERNEL_SCHED_WAIT_H
#define KERNEL_SCHED_WAIT_H

#include "kernel/abi/errno.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/list.h"
#include "kernel/sched/sched.h"

struct wait_queue {
	struct spinlock lock; /* RANK_WAIT */
	struct list_node waiters;
};

struct waiter {
	struct list_node node;
	struct task *task; /* to be woken … */
	/* … or, without one, what to call instead: the queue's lock is held,
	 * interrupts are off, and the waiter stays in the queue */
	void (*call)(struct waiter *waiter);
};

void wait_queue_init(struct wait_queue *queue);

/* Joins and leaves; a task may be in several queues (poll). */
void wait_join(struct wait_queue *queue, struct waiter *waiter);
void wait_join_call(struct wait_queue *queue, struct waiter *waiter,
		    void (*call)(struct waiter *waiter));
void wait_leave(struct wait_queue *queue, struct waiter *waiter);

/* Wakes all sleepers, or the one that waits longest. Any context. */
void wake_all(struct wait_queue *queue);
void wake_one(struct wait_queue *queue);

/* Has the current task a reason to leave an interruptible sleep? */
static inline bool task_interrupted(void)
{
	return READ_ONCE(current_task()->context.work) & WORK_SIGNAL;
}

/*
 * How each sleep goes: until `condition`, or until `ended` is an error, which
 * is the result; both are evaluated with no lock held. Who makes one of them
 * true wakes the task afterwards.
 */
#define sleep_loop(sleep_state, condition, ended)     \
	({                                            \
		int result_ = 0;                      \
                                                      \
		for (;;) {                            \
			sched_set_state(sleep_state); \
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

/* A place in the queue for as long as the sleep takes. */
#define sleep_in_queue(queue, loop)          \
	({                                   \
		struct waiter waiter_;       \
		int slept_;                  \
                                             \
		wait_join(queue, &waiter_);  \
		slept_ = (loop);             \
		wait_leave(queue, &waiter_); \
		slept_;                      \
	})

/*
 * Sleeps until `condition`. Returns 0, or -EINTR when a signal came first; the
 * uninterruptible form has no result.
 */
#define wait_event(queue, condition)                                    \
	sleep_in_queue(queue, sleep_loop(TASK_INTERRUPTIBLE, condition, \
					 task_interrupted() ? -EINTR : 0))
#define wait_event_uninterruptible(queue, condition) \
	((void)sleep_in_queue(queue,                 \
			      sleep_loop(TASK_UNINTERRUPTIBLE, condition, 0)))

#endif
