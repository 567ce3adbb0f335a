/*
 * The keyboard's controller, an Intel 8042 (IBM PS/2 Hardware Interface
 * Technical Reference, "Keyboard and auxiliary device controller"). Scan codes
 * are kernel/optional/screen/keymap.c's.
 */
#include "kernel/optional/screen/keyboard.h"

#include "kernel/cpu/apic.h"
#include "kernel/cpu/x86.h"
#include "kernel/dev/port.h"

#define PORT_DATA    0x60
#define PORT_STATUS  0x64
#define PORT_COMMAND 0x64

#define STATUS_OUTPUT 0x01 /* a byte for us */
#define STATUS_INPUT  0x02 /* ours has not been taken yet */
#define STATUS_MOUSE  0x20 /* the byte is the mouse's */
#define STATUS_NONE   0xff /* there is no controller */

#define COMMAND_READ   0x20
#define COMMAND_WRITE  0x60
#define COMMAND_ENABLE 0xae

#define CONFIG_INTERRUPT 0x01
#define CONFIG_DISABLED  0x10
#define CONFIG_TRANSLATE 0x40 /* whatever the keyboard sends, we see set 1 */

#define KEYBOARD_SCAN 0xf4 /* send key strokes */
#define KEYBOARD_IRQ  1

#define POLLS_MAX 10000
#define FLUSH_MAX 64

/* The interrupt handler's alone. */
static struct keyboard keyboard;
static struct port *port;

static int read_byte(void)
{
	for (unsigned polls = 0; polls < POLLS_MAX; polls++)
		if (inb(PORT_STATUS) & STATUS_OUTPUT)
			return inb(PORT_DATA);
	return -1;
}

static void write_byte(uint16_t to, uint8_t byte)
{
	for (unsigned polls = 0; polls < POLLS_MAX; polls++)
		if (!(inb(PORT_STATUS) & STATUS_INPUT))
			break;
	outb(to, byte);
}

static void interrupt(void)
{
	char bytes[KEY_BYTES];
	uint8_t status, code;

	while ((status = inb(PORT_STATUS)) & STATUS_OUTPUT) {
		code = inb(PORT_DATA);
		if (!(status & STATUS_MOUSE))
			port_put(port, bytes,
				 keyboard_decode(&keyboard, code, bytes));
	}
}

/* What the firmware left behind. */
static void flush(void)
{
	for (unsigned i = 0; i < FLUSH_MAX; i++) {
		if (!(inb(PORT_STATUS) & STATUS_OUTPUT))
			return;
		inb(PORT_DATA);
	}
}

void keyboard_init(struct port *port_)
{
	int config;

	if (inb(PORT_STATUS) == STATUS_NONE)
		return;
	flush();
	write_byte(PORT_COMMAND, COMMAND_READ);
	config = read_byte();
	if (config < 0)
		return;
	config |= CONFIG_INTERRUPT | CONFIG_TRANSLATE;
	config &= ~CONFIG_DISABLED;
	write_byte(PORT_COMMAND, COMMAND_WRITE);
	write_byte(PORT_DATA, (uint8_t)config);
	write_byte(PORT_COMMAND, COMMAND_ENABLE);
	write_byte(PORT_DATA, KEYBOARD_SCAN);
	read_byte(); /* it says that it has understood, or nothing */

	port = port_;
	irq_install(KEYBOARD_IRQ, interrupt);
}
