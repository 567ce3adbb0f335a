/*
 * Spinlocks, and the order in which they may be taken. A CPU that holds a
 * lock may take only locks of a higher rank: so no two CPUs can each wait for
 * the other. Sleeping locks are kernel/sched/mutex.h.
 *
 * The first CPU that finds a lock free gets it. If CPUs got it in the order of
 * their arrival, it would often go to one that does not run just then: in an
 * emulator each CPU is a thread of a busy host. Eight CPUs on two real ones took a
 * hundred times as long.
 *
 * A lock that an interrupt handler takes is always taken by
 * spin_lock_irqsave(); the others leave interrupts on, and come first in the
 * order. A CPU may hold them while it waits for the answer of another CPU
 * (RANK_SHOOTDOWN).
 *
 * In a build with ASSERT=1 kernel/optional/debug/lock_check.c checks all this
 * whenever a lock is taken.
 */
#ifndef KERNEL_CPU_SPINLOCK_H
#define KERNEL_CPU_SPINLOCK_H

#include "kernel/cpu/x86.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/types.h"

/* The lock order, outermost first. */
enum lock_rank {
	RANK_NONE,
	RANK_PROCESS,     /* process tree, process groups, sessions */
	RANK_SIGNAL,      /* one process's signal state */
	RANK_FILES,       /* a table of open files; a path walk's tree */
	RANK_PIPE,        /* one pipe, one tty: what a reader waits for */
	RANK_FUTEX,       /* who waits for which futex */
	RANK_SPACE,       /* one address space: areas and page tables */
	RANK_INODE,       /* one ramfs file's pages */
	RANK_VMAP,        /* kernel mappings */
	RANK_HEAP,        /* kmalloc's size classes */
	RANK_SHOOTDOWN,   /* the request to other CPUs' TLBs */
	RANK_FRAME,       /* the free frames */
	RANK_INTERRUPT,   /* none: from here on interrupt handlers take them */
	RANK_TIMER,       /* the timers; interrupt */
	RANK_TIME,        /* the time keeper; interrupt */
	RANK_DEVICE,      /* one device's registers and rings; interrupt */
	RANK_WAIT,        /* one wait queue; interrupt */
	RANK_EPOLL,       /* the ready lists of epolls; interrupt */
	RANK_EPOLL_QUEUE, /* who waits for one of them; interrupt */
	RANK_RUN,         /* a run queue; interrupt */
	RANK_CONSOLE,     /* kprintf's line; interrupt */
	RANK_SINK,        /* what kprintf writes to; interrupt */
	RANK_COUNT
};

struct spinlock {
	bool held;     /* a CPU holds it */
	uint16_t rank; /* enum lock_rank */
};

#define SPINLOCK_INIT(rank_) ((struct spinlock){ .rank = (rank_) })

/* Checks of a build with ASSERT=1, called before a lock is taken, before it is
 * released, and where no spinlock may be held because of `action`. */
void lock_check_acquire(const struct spinlock *lock);
void lock_check_release(const struct spinlock *lock);
void lock_check_none_held(const char *action);

/* Panics in an assertion build when this CPU holds a spinlock. */
static inline void assert_no_spinlock(const char *action)
{
	explore_point();
	if (ASSERTIONS)
		lock_check_none_held(action);
}

static inline void spin_lock(struct spinlock *lock)
{
	explore_point();
	if (ASSERTIONS)
		lock_check_acquire(lock);
	/* acquire: nothing inside moves before the lock is ours */
	while (unlikely(
		__atomic_exchange_n(&lock->held, true, __ATOMIC_ACQUIRE)))
		while (READ_ONCE(lock->held))
			cpu_relax();
}

static inline void spin_unlock(struct spinlock *lock)
{
	if (ASSERTIONS)
		lock_check_release(lock);
	/* release: all that was done inside is seen by the next owner */
	__atomic_store_n(&lock->held, false, __ATOMIC_RELEASE);
	explore_point();
}

static inline bool spin_is_locked(const struct spinlock *lock)
{
	return READ_ONCE(lock->held);
}

/* Returns the flags that spin_unlock_irqrestore() wants back. */
static inline uint64_t spin_lock_irqsave(struct spinlock *lock)
{
	uint64_t flags = irq_save();

	spin_lock(lock);
	return flags;
}

static inline void spin_unlock_irqrestore(struct spinlock *lock, uint64_t flags)
{
	spin_unlock(lock);
	irq_restore(flags);
}

#endif
