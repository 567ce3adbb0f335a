/*
 * How the clocks' rate is steered, as adjtimex(2) has it: a frequency, a tick
 * length, an offset that a loop works off, the single shot of adjtime(3), and
 * leap seconds.  Numbers only: the time keeper brings the lock and the clocks,
 * the system call the privileges.
 *
 * Not there: the frequency-locked loop (STA_FLL), signals of a pulse
 * (STA_PPS...).
 */
#ifndef KERNEL_TIME_NTP_H
#define KERNEL_TIME_NTP_H

#include <stdint.h>

#include "kernel/abi/time.h"

/* Offsets are kept in nanoseconds, rates in nanoseconds a second (ppb), both
 * with this many bits of fraction. */
#define NTP_FRACTION 16

struct ntp {
	int64_t freq;      /* parts per million << 16 */
	int64_t tick;      /* microseconds that 1/100 s takes */
	int64_t offset;    /* still to be worked off by the loop */
	int64_t single;    /* still to be worked off by adjtime(3) */
	int64_t loop_rate; /* ... at these rates, until the next run */
	int64_t single_rate;
	int64_t set_sec;   /* when an offset came last, seconds since boot */
	uint64_t error_ns; /* of a second, until maxerror grows */
	int64_t maxerror, esterror, constant;
	int32_t status;
	int32_t state;    /* TIME_*, of a leap second */
	int64_t leap_sec; /* the midnight of it, CLOCK_REALTIME */
};

void ntp_init(struct ntp *ntp);

/* `elapsed_ns` have passed since the last run by the counter's own rate, that
 * is by CLOCK_MONOTONIC_RAW. */
void ntp_run(struct ntp *ntp, uint64_t elapsed_ns);

/* CLOCK_REALTIME has come to another second, `sec`: by how many it must be put
 * on for a leap second, -1, 0 or 1. */
int ntp_second(struct ntp *ntp, int64_t sec);

/* CLOCK_REALTIME has been set: whatever was being corrected is no more. */
void ntp_clear(struct ntp *ntp);

/* The rate of the slewed clocks where the counter's own is `mult`. */
uint64_t ntp_mult(const struct ntp *ntp, uint64_t mult);

/* 0, or -EINVAL: what Linux refuses in `t`. */
int ntp_check(const struct timex *t);

/* Does what `t` asks for, all but ADJ_SETOFFSET and ADJ_TAI, `now_sec` after
 * boot, and fills in what holds then, all but `time` and `tai`. TIME_*. */
int ntp_adjust(struct ntp *ntp, struct timex *t, int64_t now_sec);

#endif
