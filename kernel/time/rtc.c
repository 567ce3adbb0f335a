/*
 * The real-time clock: Motorola MC146818 and its successors. Its registers
 * count while they are read; each is binary or has two decimal digits.
 */
#include "kernel/time/rtc.h"

#include "kernel/cpu/x86.h"
#include "kernel/lib/string.h"

#define RTC_INDEX 0x70
#define RTC_DATA  0x71

#define RTC_STATUS_A 10
#define RTC_UPDATING 0x80 /* A: the date may be half new */
#define RTC_STATUS_B 11
#define RTC_BINARY   0x04 /* B: else two decimal digits a byte */
#define RTC_24_HOURS 0x02 /* B: else 1 to 12, a mode that no machine uses */

/* Returns the value of a register, which is binary or decimal. */
static unsigned rtc_value(const struct rtc_registers *r, unsigned value)
{
	return r->status_b & RTC_BINARY ? value
					: (value >> 4) * 10 + (value & 15);
}

/* Counts years from March, so that a leap day is the last day of a year. */
static int64_t days_since_1970(int64_t year, unsigned month, unsigned day)
{
	if (month <= 2) {
		month += 12;
		year--;
	}
	return 365 * year + year / 4 - year / 100 + year / 400 - 719468 +
	       (153 * (month - 3) + 2) / 5 + day - 1;
}

int64_t rtc_decode(const struct rtc_registers *r)
{
	unsigned hour = rtc_value(r, r->hour), minute = rtc_value(r, r->minute);
	unsigned second = rtc_value(r, r->second), day = rtc_value(r, r->day);
	unsigned month = rtc_value(r, r->month), year = rtc_value(r, r->year);
	int64_t days;

	if (!(r->status_b & RTC_24_HOURS) || hour > 23 || minute > 59 ||
	    second > 59 || day < 1 || day > 31 || month < 1 || month > 12 ||
	    year > 99)
		return 0;
	days = days_since_1970(year + (year < 70 ? 2000 : 1900), month, day);
	return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

static uint8_t cmos_read(uint8_t reg)
{
	outb(RTC_INDEX, reg);
	return inb(RTC_DATA);
}

static struct rtc_registers rtc_read_registers(void)
{
	return (struct rtc_registers){
		.second = cmos_read(0),
		.minute = cmos_read(2),
		.hour = cmos_read(4),
		.day = cmos_read(7),
		.month = cmos_read(8),
		.year = cmos_read(9),
		.status_b = cmos_read(RTC_STATUS_B),
	};
}

/* Reads until two readings in a row, with no update under way, are the same. */
int64_t rtc_read(void)
{
	struct rtc_registers last = { 0 }, now;

	/* an update takes 2 ms, one reading 20 us or more */
	for (int i = 0; i < 150; i++) {
		if (cmos_read(RTC_STATUS_A) & RTC_UPDATING)
			continue;
		now = rtc_read_registers();
		if (i && !memcmp(&now, &last, sizeof(now)))
			break;
		last = now;
	}
	return rtc_decode(&last);
}
