/*
 * The ACPI power-management timer: slow to read, but its rate is known and
 * the same in every machine.  ACPI 6.4, 4.8.2.1.
 */
#include <stddef.h>

#include "kernel/cpu/acpi.h"
#include "kernel/cpu/x86.h"
#include "kernel/time/clocksource.h"

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
