/*
 * Channel 2 of the old interval timer, which counts 65536 down and again: what
 * to measure the TSC by where there is no ACPI timer.  Intel 8254.
 */
#include "kernel/cpu/x86.h"
#include "kernel/time/clocksource.h"

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
