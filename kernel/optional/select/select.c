/*
 * The part "select": the other calls that wait for one of several files,
 * select(2), pselect6(2) and ppoll(2), and the signal mask that they take for
 * their time.
 *
 * Without it they answer -ENOSYS, and only programs that can use poll(2)
 * instead still wait for files: Go, Python and many servers miss it. It needs
 * no other part.
 */
#include "kernel/abi/poll.h"
#include "kernel/fs/poll.h"
#include "kernel/lib/bitmap.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/optional/select/mask.h"
#include "kernel/process/signal.h"
#include "kernel/sys/poll.h"
#include "kernel/sys/table.h"
#include "kernel/sys/time.h"
#include "kernel/time/timekeeper.h"

/* ---- Timeouts ---- */

/* As get_deadline(); select(2) lets whole seconds stand in the microseconds. */
static int get_timeval_deadline(uint64_t *deadline, uaddr_t from)
{
	struct timeval value;
	struct timespec time;

	*deadline = UINT64_MAX;
	if (!from)
		return 0;
	if (copy_from_user(&value, from, sizeof(value)))
		return -EFAULT;
	if (__builtin_add_overflow(value.tv_sec, value.tv_usec / 1000000,
				   &time.tv_sec))
		return -EINVAL;
	time.tv_nsec = value.tv_usec % 1000000 * 1000;
	*deadline = ktime_deadline(timespec_ns(&time));
	return timespec_is_valid(&time) ? 0 : -EINVAL;
}

/* What is left of the time goes back to the program, as on Linux: a timespec,
 * or, with units of 1000 ns, a timeval. */
static void put_remaining(uaddr_t to, int unit_ns, uint64_t deadline)
{
	uint64_t now = ktime_monotonic_ns();
	struct timespec left = ns_timespec(deadline > now ? deadline - now : 0);

	left.tv_nsec /= unit_ns;
	if (to && deadline != UINT64_MAX)
		(void)!copy_to_user(to, &left, sizeof(left));
}

/* ---- ppoll ---- */

static long sys_ppoll(uaddr_t fds, unsigned count, uaddr_t timeout,
		      uaddr_t mask, size_t mask_size)
{
	uint64_t deadline;
	long result = get_deadline(&deadline, timeout);

	if (!result)
		result = begin_mask(mask, mask_size);
	if (result)
		return result;
	result = end_mask(poll_user(fds, count, deadline));
	put_remaining(timeout, 1, deadline);
	return result;
}
SYSCALL(ppoll);

/* ---- select ---- */

enum { IN, OUT, EXCEPT, SETS };

/* What of poll's answers each set asks for (select(2), "Correspondence"). */
static const unsigned set_events[SETS] = {
	[IN] = POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
	[OUT] = POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
	[EXCEPT] = POLLPRI,
};

struct sets {
	BITMAP(bits[SETS], FD_SETSIZE);
	struct poll_item items[]; /* one for each descriptor */
};

static int get_sets(struct sets *sets, const uaddr_t from[SETS], size_t size)
{
	for (int i = 0; i < SETS; i++)
		if (from[i] && copy_from_user(sets->bits[i], from[i], size))
			return -EFAULT;
	return 0;
}

static int put_sets(const struct sets *sets, const uaddr_t to[SETS],
		    size_t size)
{
	for (int i = 0; i < SETS; i++)
		if (to[i] && copy_to_user(to[i], sets->bits[i], size))
			return -EFAULT;
	return 0;
}

/* Looks up each descriptor that stands in a set: 0 or -EBADF. */
static int open_sets(struct sets *sets, unsigned count)
{
	for (unsigned fd = 0; fd < count; fd++) {
		struct poll_item *item = &sets->items[fd];

		for (int i = 0; i < SETS; i++)
			if (bitmap_test(sets->bits[i], fd))
				item->wanted |= set_events[i];
		if (!item->wanted)
			continue;
		item->file = fd_get((int)fd);
		if (!item->file)
			return -EBADF;
	}
	return 0;
}

/* Leaves in each set what was found: how many bits. */
static int answer_sets(struct sets *sets, unsigned count)
{
	int found = 0;

	for (unsigned fd = 0; fd < count; fd++) {
		for (int i = 0; i < SETS; i++) {
			if (!bitmap_test(sets->bits[i], fd))
				continue;
			if (sets->items[fd].found & set_events[i])
				found++;
			else
				bitmap_clear(sets->bits[i], fd);
		}
	}
	return found;
}

static long do_select(int count, const uaddr_t addresses[SETS],
		      uint64_t deadline)
{
	unsigned fds = MIN((unsigned)count, (unsigned)FD_SETSIZE);
	size_t size = BITMAP_WORDS(fds) * sizeof(uint64_t);
	struct sets *sets;
	long result;

	if (count < 0)
		return -EINVAL;
	sets = kzalloc(sizeof(*sets) + fds * sizeof(sets->items[0]));
	if (!sets)
		return -ENOMEM;
	result = get_sets(sets, addresses, size);
	if (!result)
		result = open_sets(sets, fds);
	if (!result)
		result =
			through_signals(poll_files(sets->items, fds, deadline));
	if (result >= 0) {
		result = answer_sets(sets, fds);
		if (put_sets(sets, addresses, size))
			result = -EFAULT;
	}
	for (unsigned fd = 0; fd < fds; fd++)
		file_put(sets->items[fd].file);
	kfree(sets);
	return result;
}

static long sys_select(int count, uaddr_t in, uaddr_t out, uaddr_t except,
		       uaddr_t timeout)
{
	const uaddr_t addresses[SETS] = { in, out, except };
	uint64_t deadline;
	long result = get_timeval_deadline(&deadline, timeout);

	if (result)
		return result;
	result = do_select(count, addresses, deadline);
	put_remaining(timeout, 1000, deadline);
	return result;
}
SYSCALL(select);

static long sys_pselect6(int count, uaddr_t in, uaddr_t out, uaddr_t except,
			 uaddr_t timeout, uaddr_t mask)
{
	const uaddr_t addresses[SETS] = { in, out, except };
	uint64_t pair[2] = { 0, 0 }; /* address and size of the mask */
	uint64_t deadline;
	long result = get_deadline(&deadline, timeout);

	if (!result && mask && copy_from_user(pair, mask, sizeof(pair)))
		result = -EFAULT;
	if (!result)
		result = begin_mask(pair[0], pair[1]);
	if (result)
		return result;
	result = end_mask(do_select(count, addresses, deadline));
	put_remaining(timeout, 1, deadline);
	return result;
}
SYSCALL(pselect6);
