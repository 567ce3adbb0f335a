/*
 * A process's timers, which send signals: the three of setitimer(2) and those
 * of timer_create(2). Times are nanoseconds.
 */
#ifndef KERNEL_PROCESS_TIMERS_H
#define KERNEL_PROCESS_TIMERS_H

#include <stdbool.h>

#include "kernel/abi/signal.h"
#include "kernel/lib/types.h"

struct process;
struct task;

/* ITIMER_REAL, _VIRTUAL, _PROF are timers without having been made: */
#define ITIMER_ID(which) (-1 - (which))

struct timer_value {
	uint64_t left;     /* until it expires; 0: it is stopped */
	uint64_t interval; /* and from then on each time; 0: once */
};

/* A new one that does as `event` says: its number, 0 or more, or -EINVAL,
 * -EAGAIN. */
int timers_make(int clock, const struct sigevent *event);

/* Each: 0, or -EINVAL for a number that there is not; -ENOMEM. */
int timers_get(int id, struct timer_value *value);
/* When it first expires, by its clock if `absolute`, else by CLOCK_MONOTONIC,
 * which nobody sets; 0 stops it. `old` may be NULL. */
int timers_set(int id, bool absolute, uint64_t deadline, uint64_t interval,
	       struct timer_value *old);
int timers_delete(int id);

/* How often it expired while its signal was still waiting, or -EINVAL. */
int timers_overrun(int id);

/* The process ends: no timer expires any more. */
void timers_stop(struct process *process);

/* execve: all but setitimer's go. No thread is left: all. */
void timers_drop(struct process *process, bool all);

/* sched_tick_hook */
void timers_tick(struct task *task, bool user);

#endif
