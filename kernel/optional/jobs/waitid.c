/* waitid(2): wait4(2) that can tell of each kind of event apart. */
#include "kernel/abi/errno.h"
#include "kernel/abi/signal.h"
#include "kernel/abi/wait.h"
#include "kernel/lib/string.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/exit.h"
#include "kernel/sys/table.h"

/* What waitid() says of a child, in the form of a SIGCHLD's siginfo. */
static siginfo_t wait_info(const struct wait_result *result)
{
	int status = result->status;
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = SIGCHLD;
	info.si_pid = result->pid;
	info.si_uid = result->uid;
	if (WIFCONTINUED(status)) {
		info.si_code = CLD_CONTINUED;
		info.si_status = SIGCONT;
	} else if (WIFSTOPPED(status)) {
		info.si_code = CLD_STOPPED;
		info.si_status = WSTOPSIG(status);
	} else if (WIFEXITED(status)) {
		info.si_code = CLD_EXITED;
		info.si_status = WEXITSTATUS(status);
	} else {
		info.si_code = CLD_KILLED;
		info.si_status = WTERMSIG(status);
	}
	return info;
}

static long sys_waitid(int which, int id, uaddr_t to, int options,
		       uaddr_t rusage)
{
	struct wait_result result;
	siginfo_t info;
	int found;

	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED |
			(int)__WNOTHREAD | (int)__WCLONE | (int)__WALL))
		return -EINVAL;
	if (!(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	if (which != P_ALL && which != P_PID && which != P_PGID)
		return -EINVAL;
	if ((which == P_PID && id <= 0) || (which == P_PGID && id < 0))
		return -EINVAL;
	found = exit_wait(which, id, (unsigned)options, &result);
	if (found < 0)
		return found;
	memset(&info, 0, sizeof(info));
	if (found) {
		info = wait_info(&result);
		found = 0;
		HOOK_CALL(rusage_wanted, rusage, &result, &found);
		if (found)
			return found;
	}
	return to ? copy_to_user(to, &info, sizeof(info)) : 0;
}
SYSCALL(waitid);
