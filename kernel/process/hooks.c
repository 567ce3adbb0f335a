/*
 * What the layers below ask of processes: the answers to cpu/'s, fs/'s and dev/'s
 * hooks.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/dev/tty.h"
#include "kernel/fs/file.h"
#include "kernel/lib/string.h"
#include "kernel/mm/space.h"
#include "kernel/process/process.h"
#include "kernel/process/signal.h"

/* ---- Reports ------------------------------------------------------------------ */

static void describe_task(void)
{
	struct task *task = current_task();
	char name[ESCAPED_SIZE(sizeof(task->name))];

	escape(name, task->name);
	if (task->process)
		kprintf("  in %s, process %d\n", name,
			task->process->pid->number);
	else
		kprintf("  in a task of the kernel's\n");
}

static void describe_area(const char *what, struct area *area)
{
	const char *name = NULL;
	char buffer[64];

	if (area->ops->name)
		name = area->ops->name(area, buffer, sizeof(buffer));
	kprintf("%s %#lx-%#lx %c%c%c%s%s\n", what, area->start, area->end,
		area->prot & PROT_READ ? 'r' : '-',
		area->prot & PROT_WRITE ? 'w' : '-',
		area->prot & PROT_EXEC ? 'x' : '-', name ? " " : "",
		name ? name : "");
}

static void describe_address(uaddr_t address)
{
	struct space *space = current_task()->space;
	struct area *area;

	if (!space || spin_is_locked(&space->lock))
		return; /* a report must never hang */
	spin_lock(&space->lock);
	area = address < USER_END ? space_area(space, address) : NULL;
	if (address >= USER_END)
		kprintf("  %#lx is not ring 3's\n", address);
	else if (!area)
		kprintf("  %#lx lies above all areas\n", address);
	else if (area->start <= address)
		describe_area("  it lies in", area);
	else
		describe_area("  nothing is there; next comes", area);
	spin_unlock(&space->lock);
}

/* ---- Terminals ------------------------------------------------------------------ */

/* Without job control a terminal's signals are for all processes. */
static void signal_all(struct tty *tty, int signo)
{
	siginfo_t info = { .si_signo = signo, .si_code = SI_KERNEL };

	(void)tty;
	spin_lock(&process_lock);
	for (int number = pid_next(0); number; number = pid_next(number)) {
		struct process *process = pid_find(number)->process;

		if (process)
			signal_send(process, NULL, &info);
	}
	spin_unlock(&process_lock);
}

/* ---- All of them ------------------------------------------------------------------ */

void process_init(void)
{
	pid_init();
	trap_hooks.user_fault = signal_user_fault;
	trap_hooks.return_work = signal_return_work;
	trap_hooks.describe_address = describe_address;
	trap_hooks.describe_task = describe_task;
	file_hooks.signal_self = signal_raise;
	tty_hooks.signal = signal_all;
}
