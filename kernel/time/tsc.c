/*
 * The time-stamp counter as a clock source: the only one that a program can
 * read without a trap.  Fast, but its rate must be measured, and on an old or
 * odd machine it changes or stops: hence the question of trust.
 */
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/string.h"
#include "kernel/time/clocksource.h"

const struct clocksource clocksource_tsc = {
	.name = "tsc",
	.read = rdtsc_ordered,
	.mask = UINT64_MAX,
	.user = true,
};

const char *tsc_trusted(void)
{
	if (cpu_has(CPU_INVARIANT_TSC))
		return "invariant";
	/* QEMU's emulation never says so, but counts the host's time */
	if (!strcmp(cpu_hypervisor(), "TCGTCGTCGTCG"))
		return "emulated by TCG";
	return NULL;
}
