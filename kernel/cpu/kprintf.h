/*
 * Kernel messages. They go to a sink: the first serial port, polled, until
 * dev/ hands over its console.
 */
#ifndef KERNEL_CPU_KPRINTF_H
#define KERNEL_CPU_KPRINTF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/hook.h"

/* Prints on the console; callable from anywhere, NMI included. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Hands all later output to `write`, which must not sleep, and in a panic must
 * take no lock: its holder may have stopped.
 */
void kprintf_set_sink(void (*write)(const char *text, size_t length));

/* Returns whether a CPU panics, or has given up. */
bool kprintf_in_panic(void);

/*
 * For a broken invariant of the kernel's own: prints the sentence, the backtrace
 * and what each CPU was doing, then does what panic= says. It must not be called
 * for anything that a program, a file or a failed allocation can cause.
 */
void panic(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/*
 * For a machine or a loader that does not give what the kernel needs, and for the
 * end of process 1: prints the sentence, which has no full stop, then does what
 * panic= says.
 */
_Noreturn void give_up(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Prints what runs on this CPU, and how it last came into the kernel. */
void panic_describe_task(void);

/* Raised by a panic when all is said about this CPU. */
HOOK_EVENT(panics, void);

/* Sets what both do in the end: panic= on the command line. */
void panic_set_action(void (*action)(void));

#define assert(condition)                                                \
	do {                                                             \
		if (__builtin_expect(!(condition), 0))                   \
			panic("%s:%d: not true: %s", __FILE__, __LINE__, \
			      #condition);                               \
	} while (0)

#endif
