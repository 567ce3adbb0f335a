/*
 * The watchdog of a build with ASSERT=1: a CPU that is stuck in the kernel for
 * half a minute ends in a panic. A CPU is not stuck while it ticks, which the
 * next one checks, and while its ticks interrupt ring 3, another task than
 * before, or a task that has made a system call since.
 */
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/lib/atomic.h"
#include "kernel/time/tick.h"

#define PATIENCE (30 * TICK_HZ)

/* What a CPU saw and when, by its own count of ticks: no clock, no lock. */
static struct watched {
	uint64_t moved;                /* here anything went on */
	const struct context *context; /* what the last tick found … */
	uint64_t syscalls;             /* … and its calls by then */
	uint64_t next_ticked;          /* the next CPU's count had changed … */
	uint64_t next_ticks;           /* … to this */
} watched[MAX_CPUS];

static bool moves(const struct watched *w, bool user)
{
	const struct context *current = THIS_CPU->current;

	return user || current != w->context ||
	       current->syscalls != w->syscalls ||
	       current == (struct context *)THIS_CPU->idle;
}

static void watch_self(struct watched *w, const struct cpu *cpu, bool user)
{
	if (moves(w, user)) {
		w->moved = cpu->ticks;
		w->context = cpu->current;
		w->syscalls = cpu->current->syscalls;
	} else if (cpu->ticks - w->moved > PATIENCE) {
		panic("watchdog: CPU %u does not leave the kernel", cpu->id);
	}
}

static void watch_next(struct watched *w, const struct cpu *cpu)
{
	unsigned next = (cpu->id + 1) % cpu_count;
	uint64_t ticks = READ_ONCE(cpus[next]->ticks);

	if (ticks != w->next_ticks) {
		w->next_ticked = cpu->ticks;
		w->next_ticks = ticks;
	} else if (cpu->ticks - w->next_ticked > PATIENCE) {
		panic("watchdog: CPU %u does not tick", next);
	}
}

static void watchdog_tick(bool user)
{
	const struct cpu *cpu = this_cpu();
	struct watched *w = &watched[cpu->id];

	watch_self(w, cpu, user);
	watch_next(w, cpu);
}
HOOK(tick, watchdog_tick);
