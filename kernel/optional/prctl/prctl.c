/* prctl(2), and what its options change at the end of a parent: see prctl.h. */
#include "kernel/optional/prctl/prctl.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/exit.h"
#include "kernel/process/signal.h"
#include "kernel/sys/table.h"

/* Orphans go to the nearest ancestor that asked for them. */
static void choose_reaper(struct process *process, struct process **reaper)
{
	struct process *ancestor = process->parent;

	while (ancestor && ancestor != init_process &&
	       (!ancestor->child_subreaper || !ancestor->live_threads))
		ancestor = ancestor->parent;
	if (ancestor)
		*reaper = ancestor;
}
HOOK(reaper_chosen, choose_reaper);

static void send_death_signal(struct process *child, struct process *from)
{
	siginfo_t info;

	(void)from;
	if (!child->death_signal)
		return;
	info = signal_info(child->death_signal, SI_USER);
	signal_send(child, NULL, &info);
}
HOOK(process_reparented, send_death_signal);

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
