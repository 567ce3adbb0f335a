/*
 * The part "timers": timers that send signals, the three of setitimer(2) and
 * alarm(2), and those of timer_create(2). Without it these calls answer
 * -ENOSYS, and programs that limit their own time (ping, timeout -s ALRM of
 * other systems, profilers, Go's preemption by SIGPROF) go without. It needs
 * the part usage, for timers that count CPU time.
 *
 * All times are nanoseconds. The functions below work on the current process,
 * take a mutex and may sleep.
 */
#ifndef KERNEL_OPTIONAL_TIMERS_TIMERS_H
#define KERNEL_OPTIONAL_TIMERS_TIMERS_H

#include <stdbool.h>

#include "kernel/abi/signal.h"
#include "kernel/lib/types.h"

/* The numbers of ITIMER_REAL, _VIRTUAL, _PROF, which always exist. */
#define ITIMER_ID(which) (-1 - (which))

struct timer_value {
	uint64_t left;     /* until it expires; 0: it is stopped */
	uint64_t interval; /* and from then on each time; 0: once */
};

/* Makes a timer that does what `event` says when `clock` comes to a time.
 * Returns its number, 0 or more, or -EINVAL, -EAGAIN. */
int timers_make(int clock, const struct sigevent *event);

/* Each of these returns 0, or -EINVAL if no timer has the number, or -ENOMEM. */
int timers_get(int id, struct timer_value *value);
int timers_delete(int id);

/*
 * Starts the timer, or stops it if `time` is 0. It first expires at `time` of
 * its clock if `absolute`, else that long from now, however the clock is set
 * meanwhile. `old` gets what was left.
 */
int timers_set(int id, bool absolute, uint64_t time, uint64_t interval,
	       struct timer_value *old);

/* Returns how often the timer expired while its last signal was waiting to be
 * delivered, at most INT_MAX, or -EINVAL. */
int timers_overrun(int id);

#endif
