/* Multiboot2's tag of a framebuffer (its specification 3.6.12): see
 * boot_screen.h. What the loader says is not believed before it is checked. */
#include "kernel/optional/screen/boot_screen.h"

#include <stdbool.h>

#include "kernel/lib/string.h"

#define SCREEN_MAX 65536 /* bytes in a line, and lines */

struct mb2_screen {
	uint32_t type, size; /* of the tag */
	uint64_t address;
	uint32_t pitch, width, height;
	uint8_t bits, kind;
	uint16_t zero;
	struct boot_channel channels[3];
} __packed;

#define MB2_SCREEN_RGB  1
#define MB2_SCREEN_TEXT 2

/* Where a VGA in text mode is, which is what a BIOS leaves (IBM VGA, 2-15). */
static const struct boot_screen vga_text = {
	.kind = BOOT_SCREEN_TEXT,
	.address = 0xb8000,
	.pitch = 160,
	.width = 80,
	.height = 25,
};

/* Returns whether each colour has 8 bits at most, all within a pixel. */
static bool channels_ok(const struct mb2_screen *screen)
{
	for (unsigned i = 0; i < 3; i++)
		if (screen->channels[i].bits > 8 ||
		    screen->channels[i].shift + screen->channels[i].bits >
			    screen->bits)
			return false;
	return true;
}

struct boot_screen boot_screen_read(paddr_t tag,
				    const void *(*at)(paddr_t address,
						      size_t size))
{
	const size_t without_channels = offsetof(struct mb2_screen, channels);
	struct boot_screen to = { .kind = BOOT_SCREEN_NONE };
	const struct mb2_screen *from;

	if (!tag)
		return vga_text;
	from = at(tag, sizeof(*from));
	if (!from || from->size < without_channels ||
	    from->pitch > SCREEN_MAX || from->height > SCREEN_MAX)
		return to;
	to.address = from->address;
	to.pitch = from->pitch;
	to.width = from->width;
	to.height = from->height;
	to.pixel_bytes = (from->bits + 7u) / 8;
	if (from->kind == MB2_SCREEN_TEXT && from->width <= from->pitch / 2)
		to.kind = BOOT_SCREEN_TEXT;
	if (from->kind != MB2_SCREEN_RGB || from->size < sizeof(*from) ||
	    to.pixel_bytes < 2 || to.pixel_bytes > 4 ||
	    from->width > from->pitch / to.pixel_bytes || !channels_ok(from))
		return to;
	memcpy(to.channels, from->channels, sizeof(to.channels));
	to.kind = BOOT_SCREEN_PIXELS;
	return to;
}
