/*
 * How the clocks are set up, and how their rate becomes better known.
 */
#ifndef KERNEL_TIME_TIME_INIT_H
#define KERNEL_TIME_TIME_INIT_H

#include <stdint.h>

/*
 * The first reading of the TSC and a timer of known rate. After acpi_init(),
 * and as early as possible: what boot takes from here to time_init_late() is
 * the time in which the TSC's rate is measured. CLOCK_MONOTONIC is 0 here.
 */
void time_init_early(void);

/*
 * The second reading; chooses the clock source, reads the real-time clock,
 * fills the data page, starts this CPU's tick. Right before the first program.
 */
void time_init_late(void);

/* Measures again once in a while, and sets the better rate. From the tick of
 * the first CPU. */
void time_refine(void);

/* By the best rate so far. */
uint64_t tsc_to_ns(uint64_t cycles);

#endif
