/*
 * Reports on the console about programs. What a program chose itself, its name
 * and its files' names, is escaped there.
 */
#ifndef KERNEL_PROCESS_REPORT_H
#define KERNEL_PROCESS_REPORT_H

#include "kernel/cpu/trap.h"
#include "kernel/lib/types.h"

/* trap_hooks.describe_task */
void report_task(void);

/* The current program ends by a signal that a fault at `address` sent: prints
 * which, the registers, and what lies at the address. */
void report_fault(struct trapframe *tf, int signo, uaddr_t address);

#endif
