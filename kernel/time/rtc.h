/*
 * The battery-backed clock: what time it was when the machine was switched on,
 * to the second, in UTC.
 */
#ifndef KERNEL_TIME_RTC_H
#define KERNEL_TIME_RTC_H

#include <stdbool.h>
#include <stdint.h>

/* What the chip's registers said. */
struct rtc_registers {
	uint8_t second, minute, hour, day, month, year;
	uint8_t century; /* 0: there is no such register */
	uint8_t status_b;
};

/* Seconds since 1970, or 0 where the registers hold no date. */
int64_t rtc_decode(const struct rtc_registers *r);

/* Reads the chip: seconds since 1970, or 0. At most 3 ms, usually 50 us. */
int64_t rtc_read(void);

#endif
