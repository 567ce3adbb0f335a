/*
 * The High Precision Event Timer's main counter: a clock for machines whose TSC
 * cannot be trusted. It is slow to read, as devices are. Of its bits the lower
 * 32 are used, which wrap after half a minute or more.  IA-PC HPET 1.0a, 2.3.
 */
#include "kernel/optional/clocks/clocks.h"

#include <stddef.h>

#include "kernel/cpu/acpi.h"
#include "kernel/lib/atomic.h"
#include "kernel/mm/vmap.h"

#define HPET_SIZE   1024
#define HPET_PERIOD 0x004 /* femtoseconds that a count takes */
#define HPET_CONFIG 0x010 /* bit 0: let it count */
#define HPET_COUNT  0x0f0

#define FEMTOSECONDS   1000000000000000ull
#define LONGEST_PERIOD 100000000 /* by the specification */

static char *registers;

static uint64_t hpet_read(void)
{
	return READ_ONCE(*(uint32_t *)(registers + HPET_COUNT));
}

static struct clocksource hpet = {
	.name = "hpet",
	.read = hpet_read,
	.mask = UINT32_MAX,
};

const struct clocksource *hpet_init(void)
{
	if (!registers && acpi_info.hpet)
		registers = vmap_device(acpi_info.hpet, HPET_SIZE);
	if (!registers)
		return NULL;

	uint32_t period = READ_ONCE(*(uint32_t *)(registers + HPET_PERIOD));
	uint32_t *config = (uint32_t *)(registers + HPET_CONFIG);

	if (!period || period > LONGEST_PERIOD)
		return NULL;
	hpet.frequency = FEMTOSECONDS / period;
	WRITE_ONCE(*config, READ_ONCE(*config) | 1);
	return &hpet;
}
