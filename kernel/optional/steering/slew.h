/*
 * How fast the clocks are steered to run, as adjtimex(2) has it: a frequency
 * and the length of a tick, and what a program said of the clock's error. These
 * are numbers only; steering.c has the clocks, the lock and the permissions.
 */
#ifndef KERNEL_OPTIONAL_STEERING_SLEW_H
#define KERNEL_OPTIONAL_STEERING_SLEW_H

#include <stdint.h>

#include "kernel/abi/time.h"

struct slew {
	int64_t freq;               /* parts per million << 16 */
	int64_t tick;               /* microseconds that 1/100 s takes */
	int64_t maxerror, esterror; /* microseconds, at `error_sec` */
	int64_t error_sec;          /* CLOCK_MONOTONIC */
	int32_t status;             /* STA_UNSYNC, STA_NANO */
};

/* Not steered, and its error is not known. */
#define SLEW_NONE                                                    \
	((struct slew){ 0, 10000, SLEW_MAX_ERROR, SLEW_MAX_ERROR, 0, \
			STA_UNSYNC })
#define SLEW_MAX_ERROR 16000000 /* us; more is not synchronised */

/* The clock was set to another time: nothing is known of its error. */
void slew_clear(struct slew *slew);

/* The rate of the steered clocks where the counter's own is `mult`. */
uint64_t slew_mult(const struct slew *slew, uint64_t mult);

/* Can `t` be done? Returns 0 or -EINVAL, as Linux does; and -EINVAL for what
 * this kernel has not got: see docs/time.md. */
int slew_check(const struct timex *t);

/* Does what `t` asks for, but ADJ_SETOFFSET, `now_sec` after boot, and fills in
 * what holds then, but `time` and `tai`. Returns TIME_*. */
int slew_adjust(struct slew *slew, struct timex *t, int64_t now_sec);

#endif
