/*
 * What a thread leaves behind in its memory when it ends or executes another
 * program: its robust locks are given back, and the word that pthread_join()
 * waits for becomes 0.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/futex.h"
#include "kernel/mm/space.h"
#include "kernel/mm/uaccess.h"
#include "kernel/optional/threads/futex.h"
#include "kernel/process/exit.h"
#include "kernel/sched/sched.h"
#include "kernel/sys/table.h"

/* (swap.asm) */
long user_swap32(uaddr_t at, uint32_t *seen, uint32_t new);

/* Makes a word that is *seen `new`, in one step; *seen becomes what was there.
 * Returns 0 or -EFAULT. */
static int swap_user32(uaddr_t at, uint32_t *seen, uint32_t new)
{
	assert_no_spinlock("a change of user memory");
	if (!user_range_ok(at, sizeof(new)) || user_swap32(at, seen, new))
		return -EFAULT;
	return 0;
}

/* The owner of this word may be `task`: then it is the next one's, who learns
 * that the owner died. */
static int release_word(struct task *task, uaddr_t address)
{
	uint32_t word, seen;

	if (get_user32(&seen, address) < 0)
		return -EFAULT;
	do {
		word = seen;
		if ((int)(word & FUTEX_TID_MASK) != task->id)
			return 0;
		if (swap_user32(address, &seen,
				(word & FUTEX_WAITERS) | FUTEX_OWNER_DIED) < 0)
			return -EFAULT;
	} while (seen != word);
	if (word & FUTEX_WAITERS)
		futex_wake((struct futex){ address, true }, 1,
			   FUTEX_BITSET_MATCH_ANY);
	return 0;
}

/* The list lies in the program's memory and may hold anything, so at most
 * ROBUST_LIST_LIMIT entries are followed. Bit 0 of an entry's address is a
 * flag. */
static void release_robust_list(struct task *task)
{
	uaddr_t head = task->robust_list;
	struct robust_list_head list;
	uint64_t entry, next, pending;

	task->robust_list = 0;
	if (!head || copy_from_user(&list, head, sizeof(list)) < 0)
		return;
	pending = list.list_op_pending & ~1ul;
	entry = list.list.next & ~1ul;
	for (int i = 0; entry != head && i < ROBUST_LIST_LIMIT; i++) {
		int error = get_user64(&next, entry);

		if (entry != pending &&
		    release_word(task, entry + (uint64_t)list.futex_offset))
			return;
		if (error)
			return;
		entry = next & ~1ul;
		sched_point();
	}
	if (pending)
		release_word(task, pending + (uint64_t)list.futex_offset);
}

/* The word is cleared only if another task is left that could see it. */
static void clear_tid(struct task *task)
{
	struct futex tid = { task->clear_child_tid, true };

	task->clear_child_tid = 0;
	if (tid.address && READ_ONCE(task->space->refs) > 1 &&
	    put_user32(tid.address, 0) == 0)
		futex_wake(tid, 1, FUTEX_BITSET_MATCH_ANY);
}

static void thread_leaves(struct task *task)
{
	release_robust_list(task);
	clear_tid(task);
}
HOOK(leave_space, thread_leaves);

static long sys_set_robust_list(uaddr_t head, size_t size)
{
	if (size != sizeof(struct robust_list_head))
		return -EINVAL;
	current_task()->robust_list = head;
	return 0;
}
SYSCALL(set_robust_list);

/* musl calls this to learn whether robust mutexes work. Only the caller's own
 * list is told. */
static long sys_get_robust_list(int tid, uaddr_t head, uaddr_t size)
{
	if (tid && tid != current_task()->id)
		return -EPERM;
	return put_user64(size, sizeof(struct robust_list_head))
		       ?: put_user64(head, current_task()->robust_list);
}
SYSCALL(get_robust_list);
