/* Kernel messages, to each place that shows them: see console.h. */
#include "kernel/dev/console.h"

#include "kernel/cpu/kprintf.h"

static struct console *consoles;

/* kprintf's sink. A message ends with a line's end. */
static void write_message(const char *text, size_t length)
{
	static bool in_message;
	struct console *console;

	if (!length)
		return;
	for (console = consoles; console; console = console->next)
		console->write(!in_message, text, length);
	in_message = text[length - 1] != '\n';
}

void console_add(struct console *console)
{
	struct console **end = &consoles;

	while (*end)
		end = &(*end)->next;
	*end = console;
}

void console_init(void)
{
	kprintf_set_sink(write_message);
}

uint64_t console_lock(struct spinlock *lock)
{
	return kprintf_in_panic() ? 0 : spin_lock_irqsave(lock);
}

void console_unlock(struct spinlock *lock, uint64_t flags)
{
	if (!kprintf_in_panic())
		spin_unlock_irqrestore(lock, flags);
}
