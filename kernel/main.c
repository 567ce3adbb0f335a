/*
 * Boot, one call per line, in order: kernel_main() at the end is the table of
 * contents of the kernel. The functions before it hold what belongs to no one
 * subsystem.
 */
#include "boot/bootinfo.h"
#include "kernel/abi/errno.h"
#include "kernel/command_line.h"
#include "kernel/cpu/acpi.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/fpu.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/patch.h"
#include "kernel/cpu/percpu.h"
#include "kernel/dev/fwcfg.h"
#include "kernel/dev/random.h"
#include "kernel/dev/tty.h"
#include "kernel/dev/uart.h"
#include "kernel/fs/initrd.h"
#include "kernel/fs/path.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"
#include "kernel/mm/fault.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/pagetable.h"
#include "kernel/mm/vmap.h"
#include "kernel/process/process.h"
#include "kernel/process/vdso.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/task.h"
#include "kernel/sys/table.h"
#include "kernel/time/tick.h"
#include "kernel/time/time_init.h"
#include "kernel/time/vvar.h"

#define FWCFG_FILES "opt/colonel/initrd"

extern char kernel_start[], kernel_text_end[];
extern char boot_stack[], boot_tables[], boot_tables_end[];
extern const struct patch patch_start[], patch_end[];

static struct boot_info boot_info;
static struct cpu first_cpu = { .bit = 1 };
static char early_interrupt_stack[PAGE_SIZE]
	__attribute__((aligned(PAGE_SIZE)));

/* Called by boot.asm, interrupts off, on the boot stack. */
_Noreturn void kernel_main(uint32_t magic, uint32_t tables);

/* Returns where physical memory can be read in boot.asm's page tables, which hold
 * the first 4 GiB; or NULL. */
static const void *at_early(paddr_t address, size_t size)
{
	if (address >= 1ul << 32 || size > (1ul << 32) - address)
		return NULL;
	return phys_to_virt(address);
}

/* Starts the first CPU, before there is memory for interrupt stacks of its own. */
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

/* Reads what the loader says of memory, the initrd and the command line. The
 * tables also describe the screen, so messages from here on appear on it. */
static void read_loader_tables(uint32_t magic, uint32_t tables)
{
	int error = bootinfo_read(&boot_info, magic, tables, at_early);

	HOOK_CALL(boot_early, &boot_info, at_early);
	command_line_init(&boot_info);
	if (error)
		give_up("the loader's tables tell of no memory");
}

/* Writes what is read-only afterwards: instructions that depend on the CPU, and
 * the table of system calls. */
static void patch_text(void)
{
	patch_apply(patch_start, patch_end, kernel_start, kernel_text_end);
	vdso_patch();
	syscall_init();
}

/* From here on memory can be allocated, and the kernel runs on page tables of its
 * own. */
static void memory_init(void)
{
	frame_init(&boot_info);
	HOOK_CALL(boot_frames);
	pagetable_init(&boot_info);
	kmalloc_init();
	HOOK_CALL(boot_memory);
	fault_init();
	task_interrupt_stacks(&first_cpu);
	frame_release_range(virt_to_phys(boot_tables),
			    virt_to_phys(boot_tables_end));
}

/* Does the whole range lie in RAM? The loader may have been told anything. */
static bool is_ram(const struct boot_range *range)
{
	for (size_t i = 0; i < boot_info.ram_count; i++)
		if (range->start >= boot_info.ram[i].start &&
		    range->end <= boot_info.ram[i].end)
			return true;
	return false;
}

/* Makes files of an archive. */
static void unpack(const void *archive, size_t size)
{
	int error = initrd_unpack(archive, size);

	if (error == -ENOMEM)
		give_up("there is not enough memory for the initrd's files");
	if (error)
		give_up("the initrd is damaged or cut off");
}

/*
 * Unpacks the loader's archive, and over it the files that tools/run adds. Both
 * archives stay in memory: the files' contents are read from there.
 */
static void unpack_files(void)
{
	const struct boot_range *initrd = &boot_info.initrd;
	struct fwcfg_file files;
	void *archive;

	if (!initrd->end)
		kprintf("initrd: the loader brought none\n");
	else if (!is_ram(initrd))
		kprintf("initrd: it does not lie in memory\n");
	else
		unpack(phys_to_virt(initrd->start),
		       initrd->end - initrd->start);
	if (fwcfg_find(FWCFG_FILES, &files))
		return;
	archive = vmap_alloc(files.size);
	if (!archive)
		give_up("there is not enough memory for the files of %s",
			FWCFG_FILES);
	fwcfg_read(&files, archive, files.size);
	unpack(archive, files.size);
}

static char init_path[BOOT_CMDLINE_MAX] = "/init";

/* init=PATH: the first program. */
static void set_init(const char *value)
{
	strscpy(init_path, value, sizeof(init_path));
}
WORD("init", set_init);

/* Starts the first program; the boot thread becomes the idle task. */
static _Noreturn void start_init(void)
{
	kprintf("%zu of %zu KiB free; starting %s\n",
		frame_count_free() * (PAGE_SIZE / 1024),
		frame_count_total() * (PAGE_SIZE / 1024), init_path);
	process_start_init(init_path, command_line_environment());
}

/* Boot, one call per line, in order. */
void kernel_main(uint32_t magic, uint32_t tables)
{
	uart_init_early(); /* the serial line, by polling */
	cpu_init_early();  /* descriptors, exceptions, the FPU */
	read_loader_tables(magic, tables); /* memory, initrd, command line */
	if (!cpu_has(CPU_SYSCALL))
		give_up("it needs a CPU with SYSCALL");
	kprintf(" Colonel, booted by %s\n", boot_info.loader);
	acpi_init(boot_info.rsdp, at_early); /* which APICs there are */
	time_init_early();                   /* a counter that can be read */
	patch_text();  /* the last writes to code and to read-only data */
	memory_init(); /* frames, page tables, the heap */
	if (apic_init(vmap_device))
		give_up("the ACPI tables tell of no APIC, which it needs");
	apic_init_cpu();            /* this CPU's own interrupt controller */
	tick_init();                /* the timer of the ticks, to be measured */
	sched_init(boot_stack);     /* this thread becomes the idle task */
	random_seed(RANDOM_ROUNDS); /* for addresses, from now on */
	uart_init();                /* the serial line, by interrupts */
	process_init();             /* process numbers, signals */
	fs_init();                  /* an empty root directory, /dev */
	tty_init();                 /* the console as a terminal */
	HOOK_CALL(boot);            /* the optional parts */
	command_line_obey(&boot_info); /* kernel parameters */
	unpack_files();                /* the files of the initrd */
	time_init_late();              /* the clock is right, the tick begins */
	HOOK_CALL(boot_cpus);          /* the other CPUs */
	start_init();                  /* the first process: /init */
}
