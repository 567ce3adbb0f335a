/*
 * Time: clocks, intervals, timers, and the knobs of adjtimex.
 */
#ifndef KERNEL_ABI_TIME_H
#define KERNEL_ABI_TIME_H

#include <stdint.h>

struct timespec {
	int64_t tv_sec;
	int64_t tv_nsec; /* 0 … 999,999,999 */
};

struct timeval {
	int64_t tv_sec;
	int64_t tv_usec; /* 0 … 999,999 */
};

struct timezone {
	int32_t tz_minuteswest;
	int32_t tz_dsttime;
};

struct itimerspec {
	struct timespec it_interval; /* 0: one shot */
	struct timespec it_value;    /* 0: disarmed */
};

struct itimerval {
	struct timeval it_interval;
	struct timeval it_value;
};

#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID  3
#define CLOCK_MONOTONIC_RAW      4
#define CLOCK_REALTIME_COARSE    5
#define CLOCK_MONOTONIC_COARSE   6
#define CLOCK_BOOTTIME           7
#define CLOCK_REALTIME_ALARM     8
#define CLOCK_BOOTTIME_ALARM     9
#define CLOCK_TAI                11

#define TIMER_ABSTIME 1

#define ITIMER_REAL    0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF    2

#define TFD_TIMER_ABSTIME       1
#define TFD_TIMER_CANCEL_ON_SET 2
#define TFD_CLOEXEC             02000000
#define TFD_NONBLOCK            04000

/* adjtimex, clock_adjtime */
struct timex {
	uint32_t modes; /* ADJ_* */
	int64_t offset; /* microseconds, or ns with STA_NANO */
	int64_t freq;   /* parts per million, 16 bits of fraction */
	int64_t maxerror;
	int64_t esterror;
	int32_t status; /* STA_* */
	int64_t constant;
	int64_t precision;
	int64_t tolerance;
	struct timeval time;
	int64_t tick; /* microseconds between ticks of 100 Hz */
	int64_t ppsfreq;
	int64_t jitter;
	int32_t shift;
	int64_t stabil;
	int64_t jitcnt;
	int64_t calcnt;
	int64_t errcnt;
	int64_t stbcnt;
	int32_t tai; /* seconds from UTC */
	int32_t reserved[11];
};

#define ADJ_OFFSET            0x0001
#define ADJ_FREQUENCY         0x0002
#define ADJ_MAXERROR          0x0004
#define ADJ_ESTERROR          0x0008
#define ADJ_STATUS            0x0010
#define ADJ_TIMECONST         0x0020
#define ADJ_TAI               0x0080
#define ADJ_SETOFFSET         0x0100
#define ADJ_MICRO             0x1000
#define ADJ_NANO              0x2000
#define ADJ_TICK              0x4000
#define ADJ_OFFSET_SINGLESHOT 0x8001
#define ADJ_OFFSET_SS_READ    0xa001

#define STA_PLL      0x0001
#define STA_INS      0x0010
#define STA_DEL      0x0020
#define STA_UNSYNC   0x0040
#define STA_FREQHOLD 0x0080
#define STA_NANO     0x2000
#define STA_MODE     0x4000
#define STA_RONLY    0xff00

#define TIME_OK    0
#define TIME_INS   1 /* a second will be inserted, deleted ... */
#define TIME_DEL   2
#define TIME_OOP   3 /* ... is being inserted ... */
#define TIME_WAIT  4 /* ... was */
#define TIME_ERROR 5

#endif
