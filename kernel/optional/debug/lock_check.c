/*
 * The checks of a build with ASSERT=1 on spinlocks: their order, interrupts as
 * each lock wants them, and none held where none may be. The locks that a CPU
 * holds stand in a list of its own, in the order in which it took them; an
 * interrupt adds to the end and takes away again what it has added. No
 * interrupt comes while the list changes.
 */
#include "kernel/cpu/backtrace.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/types.h"

static struct held {
	const struct spinlock *lock[RANK_COUNT];
	uint64_t place[RANK_COUNT]; /* instruction that took it */
	unsigned count;
} held_by[MAX_CPUS];

static const char *const names[RANK_COUNT] = {
	[RANK_NONE] = "no rank",  [RANK_PROCESS] = "process",
	[RANK_SIGNAL] = "signal", [RANK_FILES] = "files",
	[RANK_PIPE] = "pipe",     [RANK_FUTEX] = "futex",
	[RANK_SPACE] = "space",   [RANK_INODE] = "inode",
	[RANK_VMAP] = "vmap",     [RANK_HEAP] = "heap",
	[RANK_FRAME] = "frame",   [RANK_SHOOTDOWN] = "shootdown",
	[RANK_TIMER] = "timer",   [RANK_TIME] = "time",
	[RANK_DEVICE] = "device", [RANK_WAIT] = "wait",
	[RANK_EPOLL] = "epoll",   [RANK_EPOLL_QUEUE] = "epoll queue",
	[RANK_RUN] = "run",       [RANK_CONSOLE] = "console",
	[RANK_SINK] = "sink",
};

/* Returns this CPU's list; NULL early in boot and in a panic. */
static struct held *held_here(void)
{
	if (!cpu_count || kprintf_in_panic())
		return NULL;
	return &held_by[this_cpu()->id];
}

static _Noreturn void complain(const struct held *held, const char *action)
{
	unsigned last = held->count - 1;
	const char *name = names[held->lock[last]->rank];

	kprintf("\nThe %s lock was taken here:\n", name);
	backtrace_print_line(held->place[last]);
	panic("lock order: %s under the %s lock", action, name);
}

/* Boot has interrupts off, and no other task to wait for. */
static bool in_boot(void)
{
	return this_cpu()->current == (struct context *)this_cpu()->idle;
}

/* A lock of the lower ranks may belong to a CPU that waits for this one to
 * take an interrupt: it must not be waited for with interrupts off. */
static void check_interrupts(const struct spinlock *lock)
{
	bool on = irq_enabled();

	if (lock->rank > RANK_INTERRUPT ? on : !on && !in_boot())
		panic("lock order: the %s lock with interrupts %s",
		      names[lock->rank], on ? "on" : "off");
}

void lock_check_acquire(const struct spinlock *lock)
{
	struct held *held = held_here();
	uint64_t flags;

	if (!held)
		return;
	assert(lock->rank > RANK_NONE && lock->rank < RANK_COUNT);
	if (held->count && held->lock[held->count - 1]->rank >= lock->rank)
		complain(held, names[lock->rank]);
	check_interrupts(lock);
	flags = irq_save();
	held->place[held->count] = (uint64_t)__builtin_return_address(0);
	held->lock[held->count++] = lock;
	irq_restore(flags);
}

void lock_check_release(const struct spinlock *lock)
{
	struct held *held = held_here();
	uint64_t flags;
	unsigned i;

	if (!held)
		return;
	flags = irq_save();
	for (i = held->count; i && held->lock[i - 1] != lock; i--)
		;
	assert(i);
	for (; i < held->count; i++) {
		held->lock[i - 1] = held->lock[i];
		held->place[i - 1] = held->place[i];
	}
	held->count--;
	irq_restore(flags);
}

void lock_check_none_held(const char *action)
{
	struct held *held = held_here();

	if (held && held->count)
		complain(held, action);
}
