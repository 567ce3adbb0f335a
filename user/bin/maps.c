/*
 * Draws the address space of a process, the highest address at the top: each
 * area of /proc/PID/maps is a box, and what lies between is empty.
 *
 *	maps [PID]      of that process, or of maps itself
 *
 * On a terminal the two areas that this kernel is about, [vvar] and [vdso],
 * have a colour.  Runs on Linux too.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/termios.h"
#include "user/lib/file.h"
#include "user/lib/printf.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"

#define MAX_AREAS 1024

/* One line of /proc/PID/maps. */
struct area {
	uint64_t start, end;
	const char *protection; /* four letters: rwxp */
	const char *name;       /* a path, [stack], or nothing */
};

static struct area areas[MAX_AREAS];
static bool in_colour;

/* Reads a hexadecimal number and moves on behind it. */
static uint64_t read_hex(char **at)
{
	uint64_t value = 0;

	for (;; ++*at) {
		char c = **at;

		if (c >= '0' && c <= '9')
			value = 16 * value + (c - '0');
		else if (c >= 'a' && c <= 'f')
			value = 16 * value + (c - 'a' + 10);
		else
			return value;
	}
}

/* START-END PROT OFFSET DEVICE INODE NAME; `line` has no newline. */
static void read_area(struct area *area, char *line)
{
	area->start = read_hex(&line);
	line++;
	area->end = read_hex(&line);
	area->protection = line + 1;
	line[5] = '\0';
	line += 6;
	for (int field = 0; field < 3 && strchr(line, ' '); field++)
		line = strchr(line, ' ') + 1;
	while (*line == ' ')
		line++;
	area->name = line;
}

/* Returns how many areas there are. */
static int read_areas(char *text)
{
	int count = 0;

	while (*text && count < MAX_AREAS) {
		char *end = strchr(text, '\n');

		if (end)
			*end = '\0';
		read_area(&areas[count++], text);
		if (!end)
			break;
		text = end + 1;
	}
	return count;
}

/* ---- Drawing -------------------------------------------------------------- */

static const char *remark(const struct area *area)
{
	return !strcmp(area->name, "[vdso]")    ? "a library, no file"
	       : !strcmp(area->name, "[vvar]")  ? "the kernel writes it"
	       : !strcmp(area->name, "[stack]") ? "grows downwards"
	       : !strcmp(area->name, "[heap]")  ? "grows upwards, by brk"
						: "";
}

/* "4 kB", "12 MB", "127 TB": the largest unit in which it is not 0. */
static void print_size(uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	int unit = 0;

	for (bytes >>= 10; bytes >= 1024 && unit < 3; bytes >>= 10)
		unit++;
	printf("%5lu %s", bytes, units[unit]);
}

static void draw_edge(uint64_t address)
{
	printf("%14lx +----------------------------------+\n", address);
}

static void draw_area(const struct area *area)
{
	const char *slash = strrchr(area->name, '/');
	const char *text = remark(area);
	bool ours = area->name[0] == '[' && area->name[1] == 'v';

	printf("%15s|%s %-16.16s %s ", "",
	       ours && in_colour ? "\033[1;33m" : "",
	       slash ? slash + 1 : area->name, area->protection);
	print_size(area->end - area->start);
	printf(" %s  |%s%s\n", ours && in_colour ? "\033[0m" : "",
	       *text ? "  " : "", text);
}

static void draw_gap(uint64_t bytes)
{
	printf("%15s:   nothing", "");
	print_size(bytes);
	printf("\n");
}

static void draw(int count)
{
	for (int i = count - 1; i >= 0; i--) {
		bool gap = i > 0 && areas[i].start > areas[i - 1].end;

		if (i == count - 1)
			draw_edge(areas[i].end);
		draw_area(&areas[i]);
		draw_edge(areas[i].start);
		if (!gap)
			continue;
		draw_gap(areas[i].start - areas[i - 1].end);
		draw_edge(areas[i - 1].end);
	}
}

/* ------------------------------------------------------------------------- */

static int usage(int fd, int status)
{
	dprintf(fd, "usage: maps [PID]\n"
		    "Draws the address space of process PID, or of maps "
		    "itself.\n");
	return status;
}

int main(int argc, char **argv)
{
	char path[64], *text;
	struct termios mode;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(1, 0);
	if (argc > 2 || (argc == 2 && parse_number(argv[1]) < 0))
		return usage(2, 2);
	snprintf(path, sizeof(path), "/proc/%s/maps",
		 argc == 2 ? argv[1] : "self");

	long len = file_load(path, &text);

	if (len < 0) {
		dprintf(2, "maps: %s: %s\n", path, errno_name(len));
		return 1;
	}
	in_colour = call_ioctl(1, TCGETS, &mode) == 0;
	draw(read_areas(text));
	return 0;
}
