/*
 * Draws the grid of kernel/optional/screen/vt.h. The device's memory is slow and is never
 * read: `shown` remembers what it holds, and only cells that differ are drawn.
 * Programs' output is drawn by a task, at most 50 times a second, kernel
 * messages at the end of each line.
 */
#include "kernel/optional/screen/screen.h"

#include "boot/bootinfo.h"
#include "kernel/abi/errno.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/x86.h"
#include "kernel/dev/uart.h"
#include "kernel/dev/tty.h"
#include "kernel/optional/screen/keyboard.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/string.h"
#include "kernel/mm/vmap.h"
#include "kernel/time/timer.h"
#include "kernel/time/timekeeper.h"

#define FONT_WIDTH  8
#define FONT_HEIGHT 16
#define DRAW_NS     20000000ul /* between two times that the task draws */

/* The VGA's cursor register (IBM VGA, 2-52): we draw the cursor ourselves. */
#define CRTC_INDEX       0x3d4
#define CRTC_DATA        0x3d5
#define CRTC_CURSOR      0x0a
#define CRTC_CURSOR_HIDE 0x20

/* tools/font: 16 rows of each character. */
extern const uint8_t font_rows[256][FONT_HEIGHT];

static struct screen screen;
static struct tty screen_tty;

/* ---- Drawing; the lock is held ---- */

/* VGA's colours, as red, green, blue. */
static const uint8_t colours[16][3] = {
	{ 0, 0, 0 },     { 0, 0, 170 },    { 0, 170, 0 },    { 0, 170, 170 },
	{ 170, 0, 0 },   { 170, 0, 170 },  { 170, 85, 0 },   { 170, 170, 170 },
	{ 85, 85, 85 },  { 85, 85, 255 },  { 85, 255, 85 },  { 85, 255, 255 },
	{ 255, 85, 85 }, { 255, 85, 255 }, { 255, 255, 85 }, { 255, 255, 255 },
};

static void make_palette(void)
{
	for (unsigned i = 0; i < 16; i++) {
		screen.palette[i] = 0;
		for (unsigned j = 0; j < 3; j++) {
			struct boot_channel channel = screen.boot.channels[j];

			screen.palette[i] |= (uint32_t)colours[i][j] >>
					     (8 - channel.bits)
						     << channel.shift;
		}
	}
}

static void draw_pixel(volatile uint8_t *at, uint32_t pixel)
{
	if (screen.boot.pixel_bytes == 4) {
		*(volatile uint32_t *)at = pixel;
		return;
	}
	for (unsigned i = 0; i < screen.boot.pixel_bytes; i++)
		at[i] = (uint8_t)(pixel >> 8 * i);
}

static void draw_glyph(unsigned row, unsigned column, uint16_t cell)
{
	unsigned bytes = screen.boot.pixel_bytes;
	uint32_t fore = screen.palette[cell >> 8 & 15];
	uint32_t back = screen.palette[cell >> 12];
	volatile uint8_t *line = screen.memory +
				 (size_t)row * FONT_HEIGHT * screen.boot.pitch +
				 (size_t)column * FONT_WIDTH * bytes;

	for (unsigned y = 0; y < FONT_HEIGHT; y++) {
		uint8_t bits = font_rows[cell & 0xff][y];

		for (unsigned x = 0; x < FONT_WIDTH; x++, bits <<= 1)
			draw_pixel(line + x * bytes, bits & 0x80 ? fore : back);
		line += screen.boot.pitch;
	}
}

static void draw_cell(unsigned row, unsigned column, uint16_t cell)
{
	volatile uint8_t *line = screen.memory + row * screen.boot.pitch;

	if (screen.boot.kind == BOOT_SCREEN_PIXELS)
		draw_glyph(row, column, cell);
	else
		((volatile uint16_t *)line)[column] = cell;
}

/* The cell under the cursor has its colours exchanged. */
static uint16_t with_cursor(uint16_t cell)
{
	uint16_t fore = cell >> 8 & 7, back = cell >> 12 & 7;

	return (uint16_t)((cell & 0xff) | back << 8 |
			  (fore == back ? 7 : fore) << 12);
}

static void draw_row(unsigned row)
{
	const struct vt *vt = &screen.vt;
	bool has_cursor = vt->cursor_shown && row == vt->cursor.row;

	for (unsigned column = 0; column < vt->columns; column++) {
		uint16_t cell = vt->cells[row][column];

		if (has_cursor && column == vt->cursor.column)
			cell = with_cursor(cell);
		if (cell == screen.shown[row][column])
			continue;
		screen.shown[row][column] = cell;
		draw_cell(row, column, cell);
	}
}

/* Marks where the cursor was and is; true if there is anything to draw. */
static bool find_changes(void)
{
	struct vt *vt = &screen.vt;

	vt->touched |= 1ul << screen.cursor_row | 1ul << vt->cursor.row;
	screen.cursor_row = vt->cursor.row;
	return screen.memory;
}

static void draw_all(void)
{
	if (!find_changes())
		return;
	for (unsigned row = 0; row < screen.vt.rows; row++)
		if (screen.vt.touched >> row & 1)
			draw_row(row);
	screen.vt.touched = 0;
}

/* ---- Kernel messages ---- */

static void write_message(bool begins, const char *text, size_t length)
{
	uint64_t flags;

	if (!screen.memory)
		return;
	flags = message_lock(&screen.lock);
	vt_message(&screen.vt, begins, text, length);
	if (text[length - 1] == '\n')
		draw_all();
	message_unlock(&screen.lock, flags);
}

HOOK(message, write_message);

/* ---- The terminal ---- */

/* Draws row by row, so that interrupts need not wait long. */
static void draw_slowly(void)
{
	uint64_t flags = spin_lock_irqsave(&screen.lock);

	screen.changed = false;
	if (find_changes()) {
		while (screen.vt.touched) {
			unsigned row = __builtin_ctzl(screen.vt.touched);

			screen.vt.touched &= screen.vt.touched - 1;
			draw_row(row);
			spin_unlock_irqrestore(&screen.lock, flags);
			flags = spin_lock_irqsave(&screen.lock);
		}
	}
	spin_unlock_irqrestore(&screen.lock, flags);
}

static void screen_task(void *unused)
{
	(void)unused;
	sched_finish_switch();
	irq_enable();
	for (;;) {
		wait_event_uninterruptible(&screen.draw,
					   READ_ONCE(screen.changed));
		draw_slowly();
		sleep_until(CLOCK_MONOTONIC, ktime_monotonic_ns() + DRAW_NS);
	}
}

static size_t send(struct port *port, const uint8_t *from, size_t size)
{
	uint64_t flags = spin_lock_irqsave(&screen.lock);
	char reply[sizeof(screen.vt.reply)];
	size_t length;

	vt_write(&screen.vt, from, size);
	length = screen.vt.reply_length;
	memcpy(reply, screen.vt.reply, length);
	screen.vt.reply_length = 0;
	WRITE_ONCE(screen.changed, true);
	spin_unlock_irqrestore(&screen.lock, flags);
	if (length)
		port_put(port, reply, length);
	wake_all(&screen.draw);
	return size;
}

/* ---- Beginning ---- */

/* Is there a VGA in text mode? Memory that is not there forgets. */
static bool remembers(volatile uint16_t *cell)
{
	uint16_t before = *cell;
	bool result;

	*cell = VT_BLANK ^ 0x0f;
	result = *cell == (VT_BLANK ^ 0x0f);
	*cell = before;
	return result;
}

static void begin_text(void)
{
	if (screen.memory && !remembers((void *)screen.memory))
		screen.boot.kind = BOOT_SCREEN_NONE;
	outb(CRTC_INDEX, CRTC_CURSOR);
	outb(CRTC_DATA, CRTC_CURSOR_HIDE);
	vt_init(&screen.vt, screen.boot.width, screen.boot.height);
}

static void begin_pixels(void)
{
	make_palette();
	vt_init(&screen.vt, screen.boot.width / FONT_WIDTH,
		screen.boot.height / FONT_HEIGHT);
}

/* Begins with what the loader says of the screen. */
static void screen_init_early(const struct boot_info *info,
			      const void *(*at)(paddr_t address, size_t size))
{
	const struct boot_screen *boot = &screen.boot;

	screen.boot = boot_screen_read(info->screen_tag, at);
	screen.lock = SPINLOCK_INIT(RANK_SINK);
	screen.memory = (void *)at(boot->address, boot->pitch * boot->height);
	if (boot->kind == BOOT_SCREEN_TEXT)
		begin_text();
	else if (boot->kind == BOOT_SCREEN_PIXELS)
		begin_pixels();
	if (screen.boot.kind == BOOT_SCREEN_NONE)
		screen.memory = NULL;
	memset(screen.shown, 0xff, sizeof(screen.shown));
}
HOOK(boot_early, screen_init_early);

/* Goes on with a mapping of the kernel's own. */
static void screen_map(void)
{
	const struct boot_screen *boot = &screen.boot;

	screen.memory = NULL;
	if (boot->kind != BOOT_SCREEN_NONE)
		screen.memory = vmap_device(boot->address,
					    boot->pitch * boot->height);
}
HOOK(boot_memory, screen_map);

/* Starts the terminal's half. */
static void screen_init(void)
{
	struct task *task;

	port_init(&screen.port);
	wait_queue_init(&screen.draw);
	screen.port.send = send;
	if (screen.boot.kind == BOOT_SCREEN_NONE)
		return;
	task = task_new(screen_task, NULL);
	if (!task)
		give_up("there is not enough memory for the screen");
	strscpy(task->name, "screen", sizeof(task->name));
	sched_start(task);
	keyboard_init(&screen.port);
	tty_add(&screen_tty, "tty1", 1, &screen.port);
	screen_tty.size.ws_row = (uint16_t)screen.vt.rows;
	screen_tty.size.ws_col = (uint16_t)screen.vt.columns;
}
HOOK(boot, screen_init);
