/*
 * The tick: an interrupt of each CPU, 250 times a second, and more of them when
 * a timer expires between two ticks. Time does not come from counting ticks; a
 * tick only brings the data page up to date.
 */
#ifndef KERNEL_TIME_TICK_H
#define KERNEL_TIME_TICK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/hook.h"

#define TICK_HZ 250

/* Converts nanoseconds to the unit of times(2) and /proc, 1/100 s. */
static inline uint64_t clock_ticks(uint64_t ns)
{
	return ns / 10000000;
}

struct trapframe;

/* Raised by each CPU's tick, interrupts off, when the first CPU has moved the
 * time line on. `user`: the tick interrupted a program in ring 3. */
HOOK_EVENT(tick, bool user);

/*
 * Starts the local APIC's timer, so that tick_start() can tell its rate. On the
 * first CPU, after apic_init() and time_init_early().
 */
void tick_init(void);

/* Starts this CPU's tick. The first call is time_init_late()'s, on the first
 * CPU; the others call it as they start. */
void tick_start(void);

/* Makes this CPU's next timer interrupt come when `clock` shows `deadline`,
 * unless one comes sooner. Interrupts off. */
void tick_hurry(int clock, uint64_t deadline);

/* Handles the timer's interrupt (VECTOR_TIMER), interrupts off. */
void tick_handle(struct trapframe *tf);

#endif
