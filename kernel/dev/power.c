/* The machine's end: see power.h. */
#include "kernel/dev/power.h"

#include <stdint.h>

#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/serial.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"

/* PM1a control of QEMU's q35 and pc machines, and of older ones (ACPI 6.4,
 * 4.8.3.2.1): SLP_EN, with sleep type 0, which is "off" there. */
#define PM1A_CONTROL     0x604
#define PM1A_CONTROL_OLD 0xb004
#define SLEEP_ENABLE     0x2000

/* QEMU's isa-debug-exit: the status is twice the value, plus 1. */
#define DEBUG_EXIT        0xf4
#define DEBUG_EXIT_FAILED 127

#define POST_CODE       0x80 /* a port that does nothing, slowly */
#define POWER_OFF_POLLS 1000000

void power_halt(void)
{
	irq_disable();
	for (;;)
		halt();
}

/* Waits until the serial ports have sent all: a machine that ends loses what is
 * still in them. */
static void power_drain(void)
{
	serial_drain(SERIAL_COM1);
	serial_drain(SERIAL_COM2);
}

void power_off(void)
{
	power_drain();
	outw(PM1A_CONTROL, SLEEP_ENABLE);
	outw(PM1A_CONTROL_OLD, SLEEP_ENABLE);
	/* it does not happen at once: QEMU's other thread ends the machine */
	for (unsigned i = 0; i < POWER_OFF_POLLS; i++)
		inb(POST_CODE);
	kprintf("This machine does not switch itself off: you may do it.\n");
	power_halt();
}

void power_exit(void)
{
	power_drain();
	outl(DEBUG_EXIT, DEBUG_EXIT_FAILED);
	power_off();
}

void power_reboot(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) no_idt = { 0, 0 };

	power_drain();
	irq_disable();
	/* an exception without a table of handlers: the CPU shuts down, and
	 * the machine resets it (SDM 3A 6.15, "shutdown mode") */
	__asm__ volatile("lidt %0; int3" : : "m"(no_idt));
	power_halt();
}

/* The kernel parameter panic=: what a panic does at its end. */
static void set_panic(const char *value)
{
	if (!strcmp(value, "poweroff"))
		panic_set_action(power_off);
	else if (!strcmp(value, "reboot"))
		panic_set_action(power_reboot);
	else if (!strcmp(value, "exit"))
		panic_set_action(power_exit);
	else if (strcmp(value, "stop") != 0)
		kprintf("panic=%s: not stop, reboot, poweroff or exit\n",
			value);
}
EARLY_WORD("panic", set_panic);
