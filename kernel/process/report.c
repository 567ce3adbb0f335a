/* Reports on the console about programs: see report.h. */
#include "kernel/process/report.h"

#include "kernel/abi/mman.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/lib/string.h"
#include "kernel/mm/space.h"
#include "kernel/process/process.h"

void report_task(void)
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
	const char *name = area->ops->label;
	char buffer[64], shown[ESCAPED_SIZE(sizeof(buffer))];

	if (area->ops->name)
		name = area->ops->name(area, buffer, sizeof(buffer));
	escape(shown, name ? name : "");
	kprintf("%s %#lx-%#lx %c%c%c %s\n", what, area->start, area->end,
		area->prot & PROT_READ ? 'r' : '-',
		area->prot & PROT_WRITE ? 'w' : '-',
		area->prot & PROT_EXEC ? 'x' : '-', shown);
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

void report_fault(struct trapframe *tf, int signo, uaddr_t address)
{
	struct task *task = current_task();
	char name[ESCAPED_SIZE(sizeof(task->name))];

	escape(name, task->name);
	kprintf("%s, process %d: killed by signal %d: ", name,
		task->process->pid->number, signo);
	trap_report(tf);
	if (tf->vector == VECTOR_PF)
		describe_address(address);
}
