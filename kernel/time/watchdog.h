/*
 * The watchdog of a build with ASSERT=1: a CPU on which nothing goes on for
 * half a minute is the kernel's fault, and ends in a panic.
 */
#ifndef KERNEL_TIME_WATCHDOG_H
#define KERNEL_TIME_WATCHDOG_H

#include <stdbool.h>

/* From the tick of each CPU; `user`: it found ring 3. */
void watchdog_tick(bool user);

#endif
