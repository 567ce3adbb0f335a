/*
 * The table of contents of boot: one call a line, in the order in which things
 * come to be. What each does is told where it stands.
 */
#include "boot/bootinfo.h"
#include "kernel/cpu/acpi.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/fpu.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/patch.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/serial.h"
#include "kernel/dev/fwcfg.h"
#include "kernel/dev/power.h"
#include "kernel/dev/random.h"
#include "kernel/dev/tty.h"
#include "kernel/dev/uart.h"
#include "kernel/fs/initrd.h"
#include "kernel/fs/path.h"
#include "kernel/fs/procfs.h"
#include "kernel/lib/string.h"
#include "kernel/mm/fault.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/pagetable.h"
#include "kernel/mm/vmap.h"
#include "kernel/proc/process.h"
#include "kernel/proc/vdso.h"
#include "kernel/sched/sched.h"
#include "kernel/sys/table.h"
#include "kernel/time/tick.h"
#include "kernel/time/time_init.h"
#include "kernel/time/vvar.h"

#define FWCFG_WORDS "opt/colonel/cmdline"
#define FWCFG_FILES "opt/colonel/initrd"

extern char kernel_start[], kernel_text_end[];
extern char boot_stack[], boot_tables[], boot_tables_end[];
extern const struct patch patch_start[], patch_end[];

static struct boot_info boot_info;
static struct cpu first_cpu;
static char early_interrupt_stack[PAGE_SIZE]
	__attribute__((aligned(PAGE_SIZE)));

/* Called by boot.asm, interrupts off, on the boot stack. */
_Noreturn void kernel_main(uint32_t magic, uint32_t tables);

/* Physical memory as boot.asm's tables show it: the first 4 GiB. */
static const void *at_early(paddr_t address, size_t size)
{
	if (address >= 1ul << 32 || size > (1ul << 32) - address)
		return NULL;
	return phys_to_virt(address);
}

/* The first CPU, before there is memory for interrupt stacks of its own. */
static void cpu_init_early(void)
{
	cpu_features_init();
	fpu_init();
	trap_init();
	for (enum ist ist = IST_DOUBLE_FAULT; ist < IST_COUNT; ist++)
		cpu_set_interrupt_stack(&first_cpu, ist, early_interrupt_stack);
	cpu_init(&first_cpu);
	cpu_count = 1;
}

static void interrupt_stacks_init(struct cpu *cpu)
{
	for (enum ist ist = IST_DOUBLE_FAULT; ist < IST_COUNT; ist++) {
		void *stack = vmap_alloc(PAGE_SIZE);

		if (!stack)
			panic("no memory for interrupt stacks");
		cpu_set_interrupt_stack(cpu, ist, stack);
	}
}

static void patch_text(void)
{
	patch_apply(patch_start, patch_end, kernel_start, kernel_text_end);
	vdso_patch();
}

static void memory_init(void)
{
	frame_init(&boot_info);
	pagetable_init(&boot_info);
	kmalloc_init();
	fault_init();
	interrupt_stacks_init(&first_cpu);
	frame_release_range(virt_to_phys(boot_tables),
			    virt_to_phys(boot_tables_end));
}

/* More words than the loader's, by QEMU's fw_cfg: the same for each loader. */
static void add_words(void)
{
	size_t length = strlen(boot_info.cmdline);
	char *end = boot_info.cmdline + length;
	struct fwcfg_file words;

	if (fwcfg_find(FWCFG_WORDS, &words) ||
	    words.size > sizeof(boot_info.cmdline) - length - 2)
		return;
	*end = ' ';
	fwcfg_read(&words, end + 1, words.size);
	end[1 + words.size] = '\0';
}

/* A word's value, copied and ended; false where the word does not occur. */
static bool option(const char *name, char *value, size_t size)
{
	const char *text = bootinfo_option(&boot_info, name);
	size_t length = 0;

	if (!text)
		return false;
	while (text[length] && text[length] != ' ')
		length++;
	strscpy(value, text, MIN(length + 1, size));
	return true;
}

/* docs/command-line.md */
static void read_command_line(void)
{
	char value[32];
	long number;

	add_words();
	procfs_set_cmdline(boot_info.cmdline);
	if (option("panic", value, sizeof(value))) {
		if (!strcmp(value, "poweroff"))
			panic_set_action(power_off);
		else if (!strcmp(value, "reboot"))
			panic_set_action(power_reboot);
		else if (strcmp(value, "stop"))
			kprintf("panic=%s: not stop, reboot or poweroff\n",
				value);
	}
	if (option("vnotb", value, sizeof(value)) &&
	    (parse_int(value, &number) || vnotb_set(number)))
		kprintf("vnotb=%s: not an int, or it reads as an errno\n",
			value);
	if (option("vdso", value, sizeof(value)))
		vdso_enabled = strcmp(value, "0");
}

/*
 * The loader's archive, and over it the files that tools/run adds. Both stay
 * in memory: the files are read from there.
 */
static void unpack_files(void)
{
	const struct boot_range *initrd = &boot_info.initrd;
	struct fwcfg_file files;
	void *archive;

	if (initrd->end)
		initrd_unpack(phys_to_virt(initrd->start),
			      initrd->end - initrd->start);
	else
		kprintf("the loader brought no initrd\n");
	if (fwcfg_find(FWCFG_FILES, &files))
		return;
	archive = vmap_alloc(files.size);
	if (!archive)
		panic("not enough memory for the files of %s", FWCFG_FILES);
	fwcfg_read(&files, archive, files.size);
	initrd_unpack(archive, files.size);
}

static _Noreturn void start_init(void)
{
	static char path[BOOT_CMDLINE_MAX] = "/init";

	option("init", path, sizeof(path));
	kprintf("%zu of %zu KiB free; starting %s\n",
		frame_count_free() * (PAGE_SIZE / 1024),
		frame_count_total() * (PAGE_SIZE / 1024), path);
	process_start_init(path);
}

void kernel_main(uint32_t magic, uint32_t tables)
{
	serial_init(SERIAL_COM1);
	cpu_init_early();
	if (bootinfo_read(&boot_info, magic, tables, at_early))
		panic("the loader's tables tell of no memory");
	kprintf(" Colonel, booted by %s\n", boot_info.loader);
	acpi_init(boot_info.rsdp, at_early);
	time_init_early();
	patch_text();
	memory_init();
	if (apic_init(vmap_device))
		panic("the ACPI tables tell of no APIC: Colonel needs one");
	apic_init_cpu();
	tick_init();
	sched_init(boot_stack);
	random_init();
	uart_init();
	read_command_line();
	process_init();
	syscall_init();
	fs_init();
	procfs_process_init();
	tty_init();
	unpack_files();
	time_init_late();
	start_init();
}
