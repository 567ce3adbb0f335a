/*
 * The tick of each CPU, by its local APIC's timer, which is set for one
 * interrupt at a time: the next tick, or a timer that expires before.
 */
#include "kernel/time/tick.h"

#include "kernel/cpu/apic.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/types.h"
#include "kernel/sched/sched.h"
#include "kernel/time/clocksource.h"
#include "kernel/time/time_init.h"
#include "kernel/time/timekeeper.h"
#include "kernel/time/timer.h"
#include "vdso/instant.h"

#define TICK_NS (NSEC_PER_SEC / TICK_HZ)

/* Timer interrupts of a CPU are at least this far apart, so that programs get
 * on in between. */
#define LEAST_NS 20000ull

static uint64_t began;    /* TSC at tick_init() */
static uint32_t per_tick; /* what the APIC's timer counts in a tick */

void tick_init(void)
{
	apic_timer_start(UINT32_MAX);
	began = clocksource_tsc.read();
}

/* Measures the APIC timer over boot, as the TSC is; a tick need not be exact. */
static void measure_timer(void)
{
	uint64_t counted = UINT32_MAX - apic_timer_count();
	uint64_t ns = tsc_to_ns(clocksource_tsc.read() - began);

	per_tick = counted * TICK_NS / MAX(ns, 1u);
	per_tick = MAX(per_tick, 1000u);
}

/* Sets the timer for `cpu->alarm_at`, but no later than in two ticks, in case
 * the clock stands still or was late. */
static void set_alarm(struct cpu *cpu, uint64_t now)
{
	uint64_t ns = MIN(cpu->alarm_at - now, 2 * TICK_NS);

	apic_timer_start(MAX(ns * per_tick / TICK_NS, 1u));
}

void tick_start(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t now = ktime_monotonic_ns();

	if (!per_tick)
		measure_timer();
	sched_ns_per_cycle = tsc_to_ns(1ul << 32);
	trap_set_handler(VECTOR_TIMER, tick_handle);
	cpu->alarm_at = cpu->tick_at = now + TICK_NS;
	set_alarm(cpu, now);
}

void tick_hurry(int clock, uint64_t deadline)
{
	struct cpu *cpu = this_cpu();
	uint64_t shown = ktime_ns(clock);
	uint64_t now = clock == CLOCK_MONOTONIC ? shown : ktime_monotonic_ns();
	uint64_t left = deadline > shown ? MIN(deadline - shown, TICK_NS) : 0;
	uint64_t at = now + MAX(left, LEAST_NS);

	if (at >= cpu->alarm_at)
		return;
	cpu->alarm_at = at;
	set_alarm(cpu, now);
}

/* Counts a tick. The first CPU moves the clocks on, and shows the time and the
 * number of the beast to programs. */
static void tick(struct cpu *cpu, uint64_t now)
{
	cpu->ticks++;
	cpu->tick_at += TICK_NS;
	/* more than a tick late, or the clock was replaced: start anew */
	if (cpu->tick_at - now >= 2 * TICK_NS)
		cpu->tick_at = now + TICK_NS;
	sched_ns_per_cycle = tsc_to_ns(1ul << 32);
	if (cpu->id == 0)
		timekeeper_update();
}

void tick_handle(struct trapframe *tf)
{
	struct cpu *cpu = this_cpu();
	uint64_t now = ktime_monotonic_ns(), left;
	bool is_tick = cpu->alarm_at == cpu->tick_at || now >= cpu->tick_at;

	apic_eoi();
	if (is_tick)
		tick(cpu, now);
	left = MIN(timer_run(), TICK_NS);
	cpu->alarm_at = MIN(cpu->tick_at, now + MAX(left, LEAST_NS));
	set_alarm(cpu, now);
	if (!is_tick)
		return;
	HOOK_CALL(tick, trap_from_user(tf));
	sched_tick(trap_from_user(tf));
}
