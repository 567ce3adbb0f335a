/*
 * The counters: see clocksource.h. The TSC is the only one that a program can
 * read without a trap. It is fast, but its rate must be measured, and on an old
 * or odd machine it changes or stops, so there must be a reason to trust it.
 */
#include "kernel/time/clocksource.h"

#include <stddef.h>

#include "kernel/cpu/acpi.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/x86.h"

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
	if (cpu_has(CPU_TCG))
		return "emulated by TCG";
	return NULL;
}

/* ---- The ACPI timer -------------------------------------------------------------
 *
 * The power-management timer is slow to read, but has one rate in all machines.
 * ACPI 6.4, 4.8.2.1.
 */

static uint64_t pmtimer_read(void)
{
	return inl(acpi_info.pm_timer_port);
}

static struct clocksource pmtimer = {
	.name = "acpi_pm",
	.read = pmtimer_read,
	.mask = 0xffffff,
	.frequency = 3579545,
};

const struct clocksource *pmtimer_init(void)
{
	if (acpi_info.pm_timer_32bit)
		pmtimer.mask = 0xffffffff;
	return acpi_info.pm_timer_port ? &pmtimer : NULL;
}
