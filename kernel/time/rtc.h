/*
 * The battery-backed real-time clock (RTC), which knows the date when the
 * machine is switched on: in UTC, to the second.
 */
#ifndef KERNEL_TIME_RTC_H
#define KERNEL_TIME_RTC_H

#include <stdint.h>

/* What the chip's registers hold. */
struct rtc_registers {
	uint8_t second, minute, hour, day, month, year, status_b;
};

/* Returns the seconds since 1970, for the years 1970 to 2069, or 0 if the
 * registers hold no date. */
int64_t rtc_decode(const struct rtc_registers *r);

/* Reads the chip. Returns as above, after 50 us mostly and 3 ms at most. */
int64_t rtc_read(void);

#endif
