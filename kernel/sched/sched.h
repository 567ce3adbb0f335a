/*
 * Who runs: run queues, switches, sleep and wake-up. The kernel is not
 * preemptible: a switch happens where schedule() is called, which is in a
 * sleep, in yield, and on a return to ring 3.
 */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include "kernel/lib/atomic.h"
#include "kernel/lib/hook.h"
#include "kernel/sched/task.h"

/* Makes the thread that runs here, on `stack`, the first CPU's idle task. */
void sched_init(void *stack);

/* Another CPU's idle task, all zero, gets its stack. Then, on that CPU: it
 * runs. */
void sched_init_idle(struct task *idle, struct cpu *cpu, void *stack);
void sched_enter_idle(struct cpu *cpu);

/*
 * With several CPUs: which runs what. Both are called with the run queues'
 * lock held.
 *
 * place: a CPU that may run the task, which will be queued there; it is told.
 *	An idle one if the current task keeps this one busy.
 * pick: a task for this CPU, taken off a queue by sched_unqueue(), or its
 *	idle task.
 */
extern const struct sched_balancer {
	struct cpu *(*place)(struct task *task, bool this_is_busy);
	struct task *(*pick)(void);
} *sched_balancer;

void sched_unqueue(struct task *task);

/* Nanoseconds per cycle of the TSC, in 2^-32; 0 until the rate is known. */
extern uint64_t sched_ns_per_cycle;

/* Sets the nice value, -20 to 19, and by it the length of the time slices. */
void sched_set_nice(struct task *task, int nice);

/* Brings the current task's time up to date. */
void sched_charge(void);

/* Gives up the rest of the time slice. No lock held. */
void sched_yield(void);

/*
 * Which CPUs may run `task` (sched_setaffinity(2)): at least one that is
 * there. Takes effect when the task next waits for a CPU; for the current one
 * at its next return to ring 3.
 */
void sched_set_affinity(struct task *task, uint32_t cpus);

/* A new task's first wake-up; until then nothing else wakes it. */
void sched_start(struct task *task);

/*
 * Gives the CPU away. A task that has set its state to something else than
 * TASK_RUNNABLE does not run again before sched_wake(). No lock held.
 */
void schedule(void);

/* Runs `task` again if its state is in `states` (1 << enum task_state). True:
 * it was asleep. Any context. */
bool sched_wake(struct task *task, unsigned states);

#define WAKE_INTERRUPTIBLE (1u << TASK_INTERRUPTIBLE)
#define WAKE_SLEEPING      (WAKE_INTERRUPTIBLE | 1u << TASK_UNINTERRUPTIBLE)
#define WAKE_ALL           (WAKE_SLEEPING | 1u << TASK_STOPPED)

/*
 * Sets the caller's own state, before it tests what it waits for. Without the
 * run queue's lock: a waker who still saw the old state makes us runnable once
 * too often, which every sleeper's loop bears.
 */
static inline void sched_set_state(enum task_state state)
{
	WRITE_ONCE(current_task()->state, state);
	if (state != TASK_RUNNABLE)
		smp_mb(); /* a waker sees it before we test the condition */
}

/* A point where a long loop lets others run. No lock held. */
void sched_point(void);

/* Raised on the first CPU and on one that starts, on both at the same time and
 * with interrupts off, before the new CPU runs tasks. */
HOOK_EVENT(cpus_meet, void);

/* From the tick, interrupts off: charges the running task, ends its slice. */
void sched_tick(bool user);

/* For a part that wants to see each switch; called with the run queue's lock
 * held. Mostly NULL. */
extern void (*sched_switch_hook)(struct task *from, struct task *to);

/* Ends the current task for good; somebody else frees it by task_free(),
 * after sched_wait_off_cpu(). */
_Noreturn void sched_exit(void);

/* Waits until a dead task has left its stack. */
void sched_wait_off_cpu(struct task *task);

/* The idle loop of a CPU; never returns. */
_Noreturn void sched_idle(void);

/* First thing that a new task runs: ends the switch that started it. */
void sched_finish_switch(void);

unsigned sched_runnable_count(void); /* for /proc/loadavg */
uint64_t sched_switch_count(void);

#endif
