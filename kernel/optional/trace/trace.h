/*
 * The part trace: a ring of the last events of each CPU, which tools/see draws
 * as a time line, /proc/trace shows as text, and which can print system calls
 * on the console as strace does. Without it the word trace= is unknown and the
 * time line is empty. It needs no other part; with procfs it adds /proc/trace.
 *
 * It costs nothing until trace= asks for it. Then it puts functions of its own
 * in front of those that the kernel calls by a pointer anyhow: the handlers of
 * traps, trap_hooks, sched_switch_hook.
 *
 * tools/see_view/ reads these structures from outside, by their names.
 */
#ifndef KERNEL_OPTIONAL_TRACE_TRACE_H
#define KERNEL_OPTIONAL_TRACE_TRACE_H

#include <stdint.h>

#include "kernel/cpu/percpu.h"

#define TRACE_EVENTS 16384 /* in a ring: a power of two */

enum trace_kind {
	TRACE_NONE,
	TRACE_CALL, /* system call `code`, with its first two arguments */
	TRACE_RESULT, /* of system call `code`: the result; of execve 8 bytes of the
		       * task's new name, too */
	TRACE_TICK,   /* interrupt of the CPU's timer; cycles that it took */
	TRACE_PAGE,   /* update_vsyscall(); updates so far */
	TRACE_SWITCH, /* to `task`; its name, in both values */
	TRACE_FAULT,  /* trap `code`; address (page fault), instruction */
	TRACE_SIGNAL, /* signal `code` reaches the task; instruction */
	TRACE_IPI,    /* a message from another CPU: vector `code` */
};

struct trace_event {
	uint64_t time; /* TSC */
	int32_t task;  /* that ran: its id */
	uint16_t kind; /* enum trace_kind, a bit of trace_mask */
	uint16_t code;
	uint64_t values[2];
};

/* Written by its CPU alone; event number n stands at n % TRACE_EVENTS. */
struct trace_ring {
	uint64_t count;     /* events so far */
	uint64_t unused[3]; /* so that no event lies in two pages */
	struct trace_event events[TRACE_EVENTS];
};

/* NULL where there is none. */
extern struct trace_ring *trace_rings[MAX_CPUS];
extern uint64_t trace_ns; /* nanoseconds in 2^32 cycles of the TSC */

#endif
