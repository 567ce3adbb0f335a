/*
 * Kernel messages. They go to a sink: the first serial port, polled, until
 * dev/ hands over its console.
 */
#ifndef KERNEL_CPU_KPRINTF_H
#define KERNEL_CPU_KPRINTF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Prints on the console; callable from anywhere, NMI included. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Hands all later output to `write`, which must not sleep, and in a panic must
 * take no lock: whoever held it will never give it back.
 */
void kprintf_set_sink(void (*write)(const char *text, size_t length));
bool kprintf_in_panic(void);

/*
 * A broken invariant of the kernel's own: prints the sentence, the backtrace
 * and what each CPU was doing, then does what panic= says. Never for anything
 * that a program, a file or a failed allocation can cause.
 */
void panic(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/*
 * The machine or the loader does not give what the kernel needs: says so in a
 * sentence, without a full stop, then does what panic= says. Boot only, and the
 * end of process 1.
 */
_Noreturn void give_up(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* What both do when all is said: panic= on the command line. */
/* What the NMI of a panic on another CPU does on this one; does not return. */
struct trapframe;
void panic_stop_cpu(const struct trapframe *tf);

void panic_set_action(void (*action)(void));

#define assert(condition)                                                \
	do {                                                             \
		if (__builtin_expect(!(condition), 0))                   \
			panic("%s:%d: not true: %s", __FILE__, __LINE__, \
			      #condition);                               \
	} while (0)

#endif
