/*
 * Calls of a thread about itself: its FS and GS registers, its CPU.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/prctl.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/task.h"
#include "kernel/sys/table.h"

/* Sets the base of FS or GS, whose selector becomes 0, as on Linux. FS's is
 * where a C library keeps a thread's own variables. */
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

/* The registers themselves are read, because a program may have changed them by
 * its selectors. */
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

/* Gives the CPU to another task that is ready. */
static long sys_sched_yield(void)
{
	sched_yield();
	return 0;
}
SYSCALL(sched_yield);

/* The vDSO's getcpu() without a system call answers the same. */
static long sys_getcpu(uaddr_t cpu, uaddr_t node)
{
	if ((cpu && put_user32(cpu, this_cpu()->id) < 0) ||
	    (node && put_user32(node, 0) < 0))
		return -EFAULT;
	return 0;
}
SYSCALL(getcpu);
