/* A signal mask for the time of one call: see mask.h. */
#include "kernel/optional/select/mask.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/signal.h"

int begin_mask(uaddr_t mask, size_t size)
{
	sigset_t set;

	if (!mask)
		return 0;
	if (size != sizeof(set))
		return -EINVAL;
	if (get_user64(&set, mask) < 0)
		return -EFAULT;
	signal_suspend_mask(set);
	return 0;
}

long end_mask(long result)
{
	if (result != -EINTR)
		signal_resume_mask();
	return result;
}
