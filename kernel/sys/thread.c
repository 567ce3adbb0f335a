/*
 * What a thread asks and says about itself.
 */

#include "kernel/abi/errno.h"
#include "kernel/abi/prctl.h"
#include "kernel/abi/signal.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/string.h"
#include "kernel/mm/layout.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/process.h"
#include "kernel/sys/prctl.h"
#include "kernel/sys/table.h"

/* ---- Registers ---------------------------------------------------------------- */

/* A base of FS or GS: the selector is 0 then, as on Linux. */
static long set_base(uint64_t *base, uint16_t *selector, uint64_t address)
{
	struct context *context = &current_task()->context;

	if (address >= USER_END)
		return -EPERM;
	irq_disable();
	context_leave(context);
	*base = address;
	*selector = 0;
	context_enter(context);
	irq_enable();
	return 0;
}

static long sys_arch_prctl(int code, uint64_t address)
{
	struct context *context = &current_task()->context;

	switch (code) {
	case ARCH_SET_FS:
		return set_base(&context->fs_base, &context->selectors.fs,
				address);
	case ARCH_SET_GS:
		return set_base(&context->gs_base, &context->selectors.gs,
				address);
	case ARCH_GET_FS:
		return put_user64(address, rdmsr(MSR_FS_BASE));
	case ARCH_GET_GS:
		return put_user64(address, rdmsr(MSR_KERNEL_GS_BASE));
	default:
		return -EINVAL;
	}
}
SYSCALL(arch_prctl);

/* ---- The rest ----------------------------------------------------------------- */

static long set_name(uaddr_t from)
{
	struct task *task = current_task();
	char name[sizeof(task->name)] = "";
	long length = strncpy_from_user(name, from, sizeof(name) - 1);

	if (length == -EFAULT)
		return length;
	strscpy(task->name, name, sizeof(task->name));
	return 0;
}

static long set_death_signal(uint64_t signo)
{
	if (signo > _NSIG)
		return -EINVAL;
	WRITE_ONCE(current_process()->death_signal, (int)signo);
	return 0;
}

static long sys_prctl(int option, uint64_t a, uint64_t b, uint64_t c,
		      uint64_t d)
{
	struct prctl call = { option, { a, b, c, d }, -EINVAL };
	struct process *process = current_process();

	switch (option) {
	case PR_SET_PDEATHSIG:
		return set_death_signal(a);
	case PR_GET_PDEATHSIG:
		return put_user32(a, (uint32_t)process->death_signal);
	case PR_SET_CHILD_SUBREAPER:
		WRITE_ONCE(process->child_subreaper, a != 0);
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return put_user32(a, process->child_subreaper);
	case PR_SET_NAME:
		return set_name(a);
	case PR_GET_NAME:
		return copy_to_user(a, current_task()->name,
				    sizeof(current_task()->name));
	default:
		HOOK_CALL(prctl_called, &call);
		return call.result;
	}
}
SYSCALL(prctl);

static long sys_sched_yield(void)
{
	sched_yield();
	return 0;
}
SYSCALL(sched_yield);

static long sys_getcpu(uaddr_t cpu, uaddr_t node)
{
	if ((cpu && put_user32(cpu, this_cpu()->id) < 0) ||
	    (node && put_user32(node, 0) < 0))
		return -EFAULT;
	return 0;
}
SYSCALL(getcpu);
