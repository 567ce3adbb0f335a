/*
 * The scheduler: run queues, switches, sleep and wake-up. The kernel is not
 * preemptible: a switch happens where schedule() is called, which is in a
 * sleep, in a yield, and on a return to ring 3.
 */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include "kernel/cpu/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/hook.h"
#include "kernel/sched/task.h"

/* Makes the thread that runs here, on `stack`, the first CPU's idle task. */
void sched_init(void *stack);

/* The same for another CPU: gives its idle task, all zero, a stack; and, called
 * on that CPU, makes it the current one. */
void sched_init_idle(struct task *idle, struct cpu *cpu, void *stack);
void sched_enter_idle(struct cpu *cpu);

/* Guards the run queues of all CPUs and the states of all tasks. */
extern struct spinlock sched_lock;

/*
 * Decides which of several CPUs runs a task; NULL with one CPU. All functions
 * are called with sched_lock held, but set_affinity.
 *
 * place: returns a CPU that may run the task, to whose queue it will be added,
 *	and interrupts that CPU if need be: an idle one if the current task
 *	keeps this one busy.
 * pick: takes a task for this CPU off a queue, or returns its idle task.
 * set_affinity: sets which CPUs may run the task (sched_setaffinity(2)), at
 *	least one that is there. Takes effect when the task next waits for a
 *	CPU; for the current one at its next return to ring 3.
 */
extern const struct sched_balancer {
	struct cpu *(*place)(struct task *task, bool this_is_busy);
	struct task *(*pick)(void);
	void (*set_affinity)(struct task *task, uint32_t cpus);
} *sched_balancer;

/* Nanoseconds per cycle of the TSC, in 2^-32; 0 until the rate is known. */
extern uint64_t sched_ns_per_cycle;

/* For reports: tasks that are queued or on a CPU, without the idle tasks; and
 * switches since boot. Written under sched_lock. */
extern unsigned sched_runnable;
extern uint64_t sched_switches;

/* Sets the nice value, -20 to 19, and by it the length of the time slices. */
void sched_set_nice(struct task *task, int nice);

/* Brings the current task's CPU time up to date. */
void sched_charge(void);

/* Gives up the rest of the time slice. No lock is held. */
void sched_yield(void);

/* Wakes a new task for the first time; until then nothing else wakes it. */
void sched_start(struct task *task);

/*
 * Switches to the next task. A task that has set its state to something else
 * than TASK_RUNNABLE does not run again before sched_wake(). No lock is held;
 * interrupts are on afterwards.
 */
void schedule(void);

/* Wakes `task` if its state is in `states` (1 << enum task_state); returns
 * whether it was. May be called from anywhere. */
bool sched_wake(struct task *task, unsigned states);

#define WAKE_INTERRUPTIBLE (1u << TASK_INTERRUPTIBLE)
#define WAKE_SLEEPING      (WAKE_INTERRUPTIBLE | 1u << TASK_UNINTERRUPTIBLE)
#define WAKE_ALL           (WAKE_SLEEPING | 1u << TASK_STOPPED)

/*
 * Sets the current task's state, before it tests the condition that it waits
 * for. No lock is needed: a waker that still sees the old state wakes the task
 * once too often, and every sleeper tests its condition in a loop.
 */
static inline void sched_set_state(enum task_state state)
{
	WRITE_ONCE(current_task()->state, state);
	if (state != TASK_RUNNABLE)
		smp_mb(); /* a waker sees it before we test the condition */
}

/* A point where a long loop lets other tasks run. No lock is held. */
void sched_point(void);

/* Raised on the first CPU and on one that starts, on both at the same time and
 * with interrupts off, before the new CPU runs tasks. */
HOOK_EVENT(cpus_meet, void);

/* Called by the tick, interrupts off: charges the running task for its time
 * and ends its slice. */
void sched_tick(bool user);

/* Called at each switch, with sched_lock held, for a part that wants to see
 * them. Mostly NULL. */
extern void (*sched_switch_hook)(struct task *from, struct task *to);

/* Ends the current task for good. Another task frees it by task_free(). */
_Noreturn void sched_exit(void);

/* Waits until a dead task has left its stack. */
void sched_wait_off_cpu(struct task *task);

/* The idle loop of a CPU. */
_Noreturn void sched_idle(void);

/* Ends the switch to a new task; the first thing that this task calls. */
void sched_finish_switch(void);

#endif
