/* Kernel messages, and panic: see kprintf.h. */
#include "kernel/cpu/kprintf.h"

#include <stdbool.h>

#include "kernel/cpu/backtrace.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/serial.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/printf.h"

static void write_serial(const char *text, size_t length);

static struct spinlock lock = SPINLOCK_INIT(RANK_CONSOLE);
static void (*write_sink)(const char *, size_t) = write_serial;
static void (*panic_action)(void);
static bool panicking;

/* Writes to the first port, each "\n" as "\r\n". */
static void write_serial(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			serial_write(SERIAL_COM1, "\r", 1);
		serial_write(SERIAL_COM1, &text[i], 1);
	}
}

static void put(struct sink *sink, const char *text, size_t length)
{
	(void)sink;
	write_sink(text, length);
}

static void print(const char *format, va_list arguments)
{
	struct sink sink = { put };

	sink_vprintf(&sink, format, arguments);
}

void kprintf(const char *format, ...)
{
	va_list arguments;
	uint64_t flags = 0;

	va_start(arguments, format);
	if (!panicking)
		flags = spin_lock_irqsave(&lock);
	print(format, arguments);
	if (!panicking)
		spin_unlock_irqrestore(&lock, flags);
	va_end(arguments);
}

void kprintf_set_sink(void (*write)(const char *text, size_t length))
{
	write_sink = write;
}

bool kprintf_in_panic(void)
{
	return panicking;
}

void panic_set_action(void (*action)(void))
{
	panic_action = action;
}

void panic_describe_task(void)
{
	const struct trapframe *tf;

	if (!trap_hooks.describe_task)
		return;
	trap_hooks.describe_task();
	if (!THIS_CPU->current->syscalls) /* the kernel's own task */
		return;
	tf = user_trapframe();
	kprintf("  which came by %s %lu from %016lx\n",
		trap_is_syscall(tf) ? "system call" : "vector",
		trap_is_syscall(tf) ? tf->code : tf->vector, tf->rip);
}

static _Noreturn void end(void)
{
	if (panic_action)
		panic_action();
	for (;;)
		halt();
}

void give_up(const char *format, ...)
{
	va_list arguments;

	irq_disable();
	panicking = true;
	kprintf("\nColonel cannot go on: ");
	va_start(arguments, format);
	print(format, arguments);
	va_end(arguments);
	kprintf(".\n");
	end();
}

void panic(const char *format, ...)
{
	va_list arguments;

	irq_disable();
	if (panicking) /* a panic within a panic says no more */
		for (;;)
			halt();
	panicking = true;

	kprintf("\npanic: ");
	va_start(arguments, format);
	print(format, arguments);
	va_end(arguments);
	kprintf("\n");
	panic_describe_task();
	backtrace_print((uint64_t)__builtin_return_address(0),
			*(uint64_t *)__builtin_frame_address(0));
	HOOK_CALL(panics);
	kprintf("To look at it: make gdb, \"break panic\"; with QEMU's -icount "
		"shift=0,sleep=off\nevery run is the same to the instruction.\n");
	end();
}
