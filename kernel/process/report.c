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

/* What a program may do in an area, by its protection. */
static const char *allowed(unsigned prot)
{
	static const char *const words[] = {
		[PROT_NONE] = "may not use at all",
		[PROT_READ] = "may only read",
		[PROT_READ | PROT_WRITE] = "may read and write, not execute",
		[PROT_READ | PROT_EXEC] = "may read and execute, not write",
		[PROT_EXEC] = "may only execute",
	};

	prot &= PROT_READ | PROT_WRITE | PROT_EXEC;
	return prot < ARRAY_SIZE(words) && words[prot] ? words[prot]
						       : "may use";
}

static void describe_area(const char *what, struct area *area)
{
	const char *name = area->ops->label;
	char buffer[64], shown[ESCAPED_SIZE(sizeof(buffer))];

	if (area->ops->name)
		name = area->ops->name(area, buffer, sizeof(buffer));
	escape(shown, name ? name : "");
	kprintf("%s %#lx-%#lx %s", what, area->start, area->end, shown);
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
		kprintf("  %#lx is the kernel's: no program may use it\n",
			address);
	else if (!area)
		kprintf("  nothing is at %#lx, nor above it\n", address);
	else if (area->start <= address) {
		describe_area("  it lies in", area);
		kprintf(", which a program %s\n", allowed(area->prot));
	} else {
		describe_area("  nothing is there; above it comes", area);
		kprintf("\n");
	}
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
