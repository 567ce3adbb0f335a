/*
 * The old interval timer, by which the TSC is measured where there is no ACPI
 * timer. Channel 2 counts down from 65536, again and again: Intel 8254.
 */
#include "kernel/cpu/x86.h"
#include "kernel/optional/clocks/clocks.h"
#include "kernel/time/time_init.h"

#define PIT_CHANNEL2 0x42
#define PIT_COMMAND  0x43
#define PIT_GATE     0x61 /* bit 0: let channel 2 count; bit 1: loudspeaker */

static uint64_t pit_read(void)
{
	outb(PIT_COMMAND, 0x80); /* hold channel 2's count for reading */

	unsigned low = inb(PIT_CHANNEL2);
	unsigned high = inb(PIT_CHANNEL2);

	return 0xffff - (high << 8 | low);
}

static const struct clocksource pit = {
	.name = "pit",
	.read = pit_read,
	.mask = 0xffff,
	.frequency = 1193182,
};

const struct clocksource *pit_init(void)
{
	static bool counting;

	if (counting)
		return &pit;
	counting = true;
	outb(PIT_GATE, (inb(PIT_GATE) & ~3) | 1);
	outb(PIT_COMMAND, 0xb4); /* channel 2, both bytes, mode 2, binary */
	outb(PIT_CHANNEL2, 0);
	outb(PIT_CHANNEL2, 0);
	return &pit;
}

/* It counts from the first moment on; time_init_early() prefers another. */
static void pit_boot(const struct boot_info *info,
		     const void *(*at)(paddr_t address, size_t size))
{
	(void)info, (void)at;
	tsc_measured.reference = pit_init();
}
HOOK(boot_early, pit_boot);
