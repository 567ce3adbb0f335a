/*
 * The tick of each CPU, by its local APIC's timer.
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

static uint64_t began;    /* TSC at tick_init() */
static uint32_t per_tick; /* what the APIC's timer counts in a tick */

void tick_init(void)
{
	apic_timer_start(UINT32_MAX, false);
	began = clocksource_tsc.read();
}

/* A tick need not be exact, so the rate of the counter during boot will do. */
static void measure_timer(void)
{
	uint64_t counted = UINT32_MAX - apic_timer_count();
	uint64_t ns = tsc_to_ns(clocksource_tsc.read() - began);

	per_tick = counted * (NSEC_PER_SEC / TICK_HZ) / MAX(ns, 1u);
	per_tick = MAX(per_tick, 1000u);
}

void tick_start(void)
{
	if (!per_tick)
		measure_timer();
	trap_set_handler(VECTOR_TIMER, tick_handle);
	apic_timer_start(per_tick, true);
}

void tick_handle(struct trapframe *tf)
{
	struct cpu *cpu = this_cpu();

	apic_eoi();
	cpu->ticks++;
	if (cpu->id == 0) {
		timekeeper_update();
		time_tick();
	}
	timer_run();
	sched_tick(trap_from_user(tf));
}
