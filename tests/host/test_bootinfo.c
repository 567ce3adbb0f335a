/*
 * The loaders' tables, good and damaged: boot/bootinfo.c, and the firmware's:
 * kernel/cpu/acpi.c. Both read a few kilobytes of "physical memory" that the
 * test fills, under the address and undefined-behaviour sanitizers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boot/bootinfo.h"
#include "kernel/abi/errno.h"
#include "kernel/cpu/acpi.h"

#define MEMORY_SIZE 8192
#define FUZZ_ROUNDS 20000

static uint8_t *memory; /* a heap block: the sanitizer knows its end */

static const void *at(paddr_t address, size_t size)
{
	if (address > MEMORY_SIZE || size > MEMORY_SIZE - address)
		return NULL;
	return memory + address;
}

static int setup(void **state)
{
	(void)state;
	memory = calloc(1, MEMORY_SIZE);
	return memory ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

/* ---- Builders ---- */

static size_t used; /* bytes of the table that is being built */

static void append(const void *bytes, size_t size)
{
	memcpy(memory + used, bytes, size);
	used += size;
}

static void append_u32(uint32_t value)
{
	append(&value, 4);
}

static void append_u64(uint64_t value)
{
	append(&value, 8);
}

static void mb2_start(void)
{
	used = 0;
	append_u64(0);
}

static void mb2_tag(uint32_t type, const void *bytes, size_t size)
{
	append_u32(type);
	append_u32(8 + size);
	append(bytes, size);
	used = (used + 7) & ~7ul;
}

static void mb2_finish(void)
{
	uint32_t total;

	mb2_tag(0, "", 0);
	total = used;
	memcpy(memory, &total, 4);
}

struct line {
	uint64_t start, size;
	uint32_t type, zero;
};

static void mb2_memory(const struct line *lines, size_t count)
{
	struct {
		uint32_t entry_size, version;
		struct line lines[200];
	} map = { sizeof(struct line), 0, { { 0 } } };

	memcpy(map.lines, lines, count * sizeof(*lines));
	mb2_tag(6, &map, 8 + count * sizeof(*lines));
}

static struct boot_info info;

static int read_mb2(const struct line *lines, size_t count)
{
	mb2_start();
	mb2_memory(lines, count);
	mb2_finish();
	return bootinfo_read(&info, BOOT_MAGIC_MULTIBOOT2, 0, at);
}

static void assert_ram(size_t i, uint64_t start, uint64_t end)
{
	assert_true(i < info.ram_count);
	assert_int_equal(info.ram[i].start, start);
	assert_int_equal(info.ram[i].end, end);
}

/* What every struct boot_info holds, whatever it was read from. */
static void assert_sane(void)
{
	assert_true(info.ram_count <= BOOT_MAX_RANGES);
	for (size_t i = 0; i < info.ram_count; i++) {
		assert_true(info.ram[i].start >= PAGE_SIZE);
		assert_true(info.ram[i].start < info.ram[i].end);
		assert_int_equal(info.ram[i].start % PAGE_SIZE, 0);
		assert_int_equal(info.ram[i].end % PAGE_SIZE, 0);
		if (i)
			assert_true(info.ram[i - 1].end < info.ram[i].start);
	}
	assert_true(strnlen(info.cmdline, BOOT_CMDLINE_MAX) < BOOT_CMDLINE_MAX);
}

/* ---- Multiboot2 ---- */

static void mb2_reads_all_tags(void **state)
{
	struct line ram = { 0x100000, 0x700000, 1, 0 };
	struct {
		uint32_t start, end;
		char text[8];
	} module = { 0x500000, 0x580000, "initrd" };

	(void)state;
	mb2_start();
	mb2_tag(1, "vnotb=42 quiet", 15);
	mb2_tag(2, "GRUB 2.06", 10);
	mb2_tag(3, &module, sizeof(module));
	mb2_memory(&ram, 1);
	mb2_tag(15, "RSD PTR ", 8);
	mb2_finish();
	assert_int_equal(bootinfo_read(&info, BOOT_MAGIC_MULTIBOOT2, 0, at), 0);
	assert_string_equal(info.cmdline, "vnotb=42 quiet");
	assert_string_equal(info.loader, "GRUB 2.06");
	assert_int_equal(info.initrd.start, 0x500000);
	assert_int_equal(info.initrd.end, 0x580000);
	assert_memory_equal(at(info.rsdp, 8), "RSD PTR ", 8);
	assert_int_equal(info.ram_count, 1);
	assert_ram(0, 0x100000, 0x800000);
}

static void map_is_sorted_and_joined(void **state)
{
	const struct line lines[] = {
		{ 0x900000, 0x100000, 1, 0 }, /* after a hole */
		{ 0x100000, 0x100000, 1, 0 }, /* joins the next */
		{ 0x200000, 0x100000, 1, 0 },
		{ 0x280000, 0x100000, 1, 0 },      /* overlaps */
		{ 0x100000000, 0x40000000, 1, 0 }, /* above 4 GiB */
	};

	(void)state;
	assert_int_equal(read_mb2(lines, 5), 0);
	assert_int_equal(info.ram_count, 3);
	assert_ram(0, 0x100000, 0x380000);
	assert_ram(1, 0x900000, 0xa00000);
	assert_ram(2, 0x100000000, 0x140000000);
}

static void reserved_lines_win(void **state)
{
	const struct line lines[] = {
		{ 0x180000, 0x1000, 2, 0 }, /* inside, stands before */
		{ 0x100000, 0x100000, 1, 0 },
		{ 0x1ff800, 0x1000, 3, 0 }, /* half a page at the end */
	};

	(void)state;
	assert_int_equal(read_mb2(lines, 3), 0);
	assert_int_equal(info.ram_count, 2);
	assert_ram(0, 0x100000, 0x180000);
	assert_ram(1, 0x181000, 0x1ff000);
}

static void page_zero_is_left_out(void **state)
{
	const struct line lines[] = {
		{ 0, 0x9fc00, 1, 0 },       /* the BIOS's: ends in a page */
		{ 0x200800, 0x1000, 1, 0 }, /* no whole page: nothing */
	};

	(void)state;
	assert_int_equal(read_mb2(lines, 2), 0);
	assert_int_equal(info.ram_count, 1);
	assert_ram(0, 0x1000, 0x9f000);
}

static void wrapping_lines_are_ignored(void **state)
{
	const struct line lines[] = {
		{ 0x100000, 0x100000, 1, 0 },
		{ ~0ull - 0xfff, 0x2000, 1, 0 },
		{ 0x300000, 0, 1, 0 },
		{ 0x180000, ~0ull, 2, 0 },
	};

	(void)state;
	assert_int_equal(read_mb2(lines, 4), 0);
	assert_int_equal(info.ram_count, 1);
	assert_ram(0, 0x100000, 0x200000);
}

static void too_many_ranges_drop_the_smallest(void **state)
{
	struct line lines[BOOT_MAX_RANGES + 20];

	(void)state;
	for (size_t i = 0; i < BOOT_MAX_RANGES + 20; i++)
		lines[i] = (struct line){ 0x100000 + i * 0x100000,
					  i == 3 ? 0x80000
						 : 0x1000 + i / 100 * 0x1000,
					  1, 0 };
	assert_int_equal(read_mb2(lines, BOOT_MAX_RANGES + 20), 0);
	assert_int_equal(info.ram_count, BOOT_MAX_RANGES);
	assert_sane();
	for (size_t i = 0; i < info.ram_count; i++)
		if (info.ram[i].start == 0x400000)
			return;
	fail_msg("the largest range was dropped");
}

static void no_ram_is_an_error(void **state)
{
	const struct line reserved = { 0x100000, 0x100000, 2, 0 };

	(void)state;
	assert_int_equal(read_mb2(&reserved, 1), -EINVAL);
	assert_int_equal(bootinfo_read(&info, 0x12345678, 0, at), -EINVAL);
	assert_int_equal(bootinfo_read(&info, BOOT_MAGIC_MULTIBOOT2, 1ul << 40,
				       at),
			 -EINVAL);
}

/* ---- PVH ---- */

static void pvh_build(const struct line *lines, size_t count)
{
	memset(memory, 0, MEMORY_SIZE);
	used = 0;
	append_u32(BOOT_MAGIC_PVH);
	append_u32(1); /* version */
	append_u32(0);
	append_u32(1);      /* modules */
	append_u64(0x100);  /* … where */
	append_u64(0x200);  /* command line */
	append_u64(0xf5a0); /* RSDP */
	append_u64(0x400);  /* memory map */
	append_u32(count);
	append_u32(0);
	used = 0x100;
	append_u64(0x7f00000);
	append_u64(0x1234);
	strcpy((char *)memory + 0x200, "vdso=0  init=/bin/sh");
	memcpy(memory + 0x400, lines, count * sizeof(*lines));
}

static void pvh_reads_all(void **state)
{
	const struct line lines[] = {
		{ 0, 0x9fc00, 1, 0 },
		{ 0x9fc00, 0x400, 2, 0 },
		{ 0x100000, 0xfee0000, 1, 0 },
	};

	(void)state;
	pvh_build(lines, 3);
	assert_int_equal(bootinfo_read(&info, BOOT_MAGIC_PVH, 0, at), 0);
	assert_string_equal(info.loader, "PVH");
	assert_string_equal(info.cmdline, "vdso=0  init=/bin/sh");
	assert_int_equal(info.initrd.start, 0x7f00000);
	assert_int_equal(info.initrd.end, 0x7f01234);
	assert_int_equal(info.rsdp, 0xf5a0);
	assert_int_equal(info.ram_count, 2);
	assert_ram(1, 0x100000, 0xffe0000);
}

/* ---- Damage ---- */

static void damaged_tables_are_survived(void **state)
{
	const struct line lines[] = {
		{ 0, 0x9fc00, 1, 0 },
		{ 0x100000, 0xfee0000, 1, 0 },
		{ 0x500000, 0x10000, 2, 0 },
	};

	(void)state;
	srand(666);
	for (int round = 0; round < FUZZ_ROUNDS; round++) {
		uint32_t magic = round % 2 ? BOOT_MAGIC_PVH
					   : BOOT_MAGIC_MULTIBOOT2;

		if (magic == BOOT_MAGIC_PVH)
			pvh_build(lines, 3);
		else
			read_mb2(lines, 3);
		for (int i = rand() % 8; i >= 0; i--)
			memory[rand() % (rand() % 2 ? 64 : 0x500)] = rand();
		bootinfo_read(&info, magic, 0, at);
		assert_sane();
	}
}

/* ---- ACPI ---- */

static void checksum(size_t start, size_t size, size_t where)
{
	uint8_t sum = 0;

	memory[where] = 0;
	for (size_t i = 0; i < size; i++)
		sum += memory[start + i];
	memory[where] = -sum;
}

static void table_head(size_t start, const char *signature, uint32_t size)
{
	memcpy(memory + start, signature, 4);
	memcpy(memory + start + 4, &size, 4);
}

/* An RSDP at 0x10, an RSDT at 0x100, a MADT at 0x200, a FADT at 0x300. */
static void acpi_build(void)
{
	const uint8_t madt[] = {
		0, 0,  0xe0, 0xfe, 1, 0, 0,    0, /* address, flags */
		0, 8,  0,    0,    1, 0, 0,    0, /* CPU 0 */
		0, 8,  1,    5,    1, 0, 0,    0, /* CPU 1, APIC 5 */
		0, 8,  2,    6,    0, 0, 0,    0, /* off */
		1, 12, 0,    0,    0, 0, 0xc0, 0xfe, 0,    0, 0,
		0,                                            /* I/O APIC */
		2, 10, 0,    0,    2, 0, 0,    0,    0,    0, /* IRQ 0 on line 2 */
		2, 10, 0,    9,    9, 0, 0,    0,    0x0f, 0, /* IRQ 9 low, level */
	};
	const uint32_t rsdt[] = { 0x200, 0x300, 0xdead0000 };
	uint32_t address = 0x100, port = 0x608, flags = 1 << 8;

	memset(memory, 0, MEMORY_SIZE);
	memset(&acpi_info, 0, sizeof(acpi_info));
	memcpy(memory + 0x10, "RSD PTR ", 8);
	memcpy(memory + 0x20, &address, 4);
	checksum(0x10, 20, 0x18);
	table_head(0x100, "RSDT", 36 + sizeof(rsdt));
	memcpy(memory + 0x100 + 36, rsdt, sizeof(rsdt));
	checksum(0x100, 36 + sizeof(rsdt), 0x109);
	table_head(0x200, "APIC", 36 + sizeof(madt));
	memcpy(memory + 0x200 + 36, madt, sizeof(madt));
	checksum(0x200, 36 + sizeof(madt), 0x209);
	table_head(0x300, "FACP", 116);
	memcpy(memory + 0x300 + 76, &port, 4);
	memcpy(memory + 0x300 + 112, &flags, 4);
	memory[0x300 + 108] = 0x32;
	checksum(0x300, 116, 0x309);
}

static void acpi_reads_the_tables(void **state)
{
	(void)state;
	acpi_build();
	acpi_init(0x10, at);
	assert_int_equal(acpi_info.local_apic, 0xfee00000);
	assert_int_equal(acpi_info.local_apic, 0xfee00000);
	assert_int_equal(acpi_info.io_apic, 0xfec00000);
	assert_int_equal(acpi_info.cpu_count, 2);
	assert_int_equal(acpi_info.apic_ids[1], 5);
	assert_int_equal(acpi_info.isa[0].line, 2);
	assert_int_equal(acpi_info.isa[1].line, 1);
	assert_true(acpi_info.isa[9].active_low && acpi_info.isa[9].level);
	assert_int_equal(acpi_info.pm_timer_port, 0x608);
	assert_true(acpi_info.pm_timer_32bit);
}

static void acpi_bad_checksum_is_absence(void **state)
{
	(void)state;
	acpi_build();
	memory[0x105]++;
	acpi_init(0x10, at);
	assert_int_equal(acpi_info.local_apic, 0);
	acpi_build();
	memory[0x240]++;
	acpi_init(0x10, at);
	assert_int_equal(acpi_info.local_apic, 0);
	assert_int_equal(acpi_info.cpu_count, 0);
}

static void acpi_damage_is_survived(void **state)
{
	(void)state;
	srand(667);
	for (int round = 0; round < FUZZ_ROUNDS; round++) {
		acpi_build();
		for (int i = rand() % 4; i >= 0; i--)
			memory[0x200 + rand() % 0x80] = rand();
		checksum(0x200, 0x5e, 0x209); /* so that it is believed */
		acpi_init(0x10, at);
		assert_true(acpi_info.cpu_count <= ACPI_MAX_CPUS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mb2_reads_all_tags),
		cmocka_unit_test(map_is_sorted_and_joined),
		cmocka_unit_test(reserved_lines_win),
		cmocka_unit_test(page_zero_is_left_out),
		cmocka_unit_test(wrapping_lines_are_ignored),
		cmocka_unit_test(too_many_ranges_drop_the_smallest),
		cmocka_unit_test(no_ram_is_an_error),
		cmocka_unit_test(pvh_reads_all),
		cmocka_unit_test(damaged_tables_are_survived),
		cmocka_unit_test(acpi_reads_the_tables),
		cmocka_unit_test(acpi_bad_checksum_is_absence),
		cmocka_unit_test(acpi_damage_is_survived),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
