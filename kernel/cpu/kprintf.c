/* Kernel messages, and panic: see kprintf.h. */
#include "kernel/cpu/kprintf.h"

#include <stdbool.h>

#include "kernel/cpu/apic.h"
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

#define STOP_POLLS 10000000
static struct spinlock stop_lock = SPINLOCK_INIT(RANK_CONSOLE);
static unsigned stopped; /* CPUs that stopped for a panic; atomic */

/* The first port, each "\n" as "\r\n". */
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

/* What runs on this CPU, and how it last came into the kernel. */
static void describe_task(void)
{
	const struct trapframe *tf;

	if (!trap_hooks.describe_task)
		return;
	trap_hooks.describe_task();
	if (!THIS_CPU->current->syscalls) /* a task of the kernel's own */
		return;
	tf = user_trapframe();
	kprintf("  which came by %s %lu from %016lx\n",
		trap_is_syscall(tf) ? "system call" : "vector",
		trap_is_syscall(tf) ? tf->code : tf->vector, tf->rip);
}

void panic_stop_cpu(const struct trapframe *tf)
{
	spin_lock(&stop_lock);
	kprintf("CPU %u: ", this_cpu()->id);
	if (trap_from_user(tf))
		kprintf("in ring 3, rip %016lx\n", tf->rip);
	else
		backtrace_print_line(tf->rip);
	describe_task();
	spin_unlock(&stop_lock);
	atomic_fetch_add(&stopped, 1);
	for (;;)
		halt();
}

/* The other CPUs say where they were, and stop; one that is deaf is not
 * waited for long. */
static void stop_others(void)
{
	apic_send_nmi_to_others();
	for (unsigned polls = 0; polls < STOP_POLLS; polls++) {
		if (READ_ONCE(stopped) + 1 >= cpu_count)
			return;
		cpu_relax();
	}
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
	if (panicking) /* a panic within a panic: say no more */
		for (;;)
			halt();
	panicking = true;

	kprintf("\npanic: ");
	va_start(arguments, format);
	print(format, arguments);
	va_end(arguments);
	kprintf("\n");
	describe_task();
	backtrace_print((uint64_t)__builtin_return_address(0),
			*(uint64_t *)__builtin_frame_address(0));
	stop_others();
	kprintf("To look at it: make gdb, \"break panic\"; with QEMU's -icount "
		"shift=0,sleep=off\nevery run is the same to the instruction.\n");
	end();
}
