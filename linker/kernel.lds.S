/*
 * The kernel's image: loaded at KERNEL_LOAD, linked KERNEL_OFFSET higher. One
 * part for each set of rights, each on its own pages, because no page is both
 * writable and executable. The code of before paging comes first, at its
 * physical address.
 */
#include "kernel/mm/layout.h"

/* The functions that are hooked to an event: kernel/lib/hook.h. */
#define HOOKS(event)              \
	event##_hooks = .;        \
	KEEP(*(.hooks.event))     \
	event##_hooks_end = .;

OUTPUT_FORMAT(elf64-x86-64)
ENTRY(boot_multiboot2)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
}

SECTIONS
{
	. = KERNEL_OFFSET + KERNEL_LOAD;
	kernel_start = .;

	/* In the first 32 KiB of the file, for the loaders to find. */
	.boot : AT(ADDR(.boot) - KERNEL_OFFSET) {
		KEEP(*(.multiboot2))
		*(.boot.text .boot.rodata)
	} :text
	.text : AT(ADDR(.text) - KERNEL_OFFSET) {
		*(.text .text.*)
	} :text

	. = ALIGN(0x1000);
	kernel_text_end = .;
	.rodata : AT(ADDR(.rodata) - KERNEL_OFFSET) {
		*(.vdso_image)
		*(.filled_at_boot)
		*(EXCLUDE_FILE(*ksyms*.o) .rodata)
		*(EXCLUDE_FILE(*ksyms*.o) .rodata.*)
		. = ALIGN(16);
		extable_start = .;
		KEEP(*(.extable))
		extable_end = .;
		. = ALIGN(16);
		patch_start = .;
		KEEP(*(.patch))
		patch_end = .;
		syscalls = .;
		KEEP(*(.syscalls))
		syscalls_end = .;
		proc_files = .;
		KEEP(*(.proc_files))
		proc_files_end = .;
		words = .;
		KEEP(*(.words))
		words_end = .;
		HOOKS(message)
		HOOKS(space_made)
		HOOKS(space_ends)
		HOOKS(boot_early)
		HOOKS(boot_frames)
		HOOKS(boot_memory)
		HOOKS(boot_cpus)
		HOOKS(boot)
		HOOKS(process_linked)
		HOOKS(process_unlinked)
		HOOKS(process_reparented)
		HOOKS(process_ended)
		HOOKS(task_cloned)
		HOOKS(child_linked)
		HOOKS(program_changes)
		HOOKS(thread_ends)
		HOOKS(group_exits)
		HOOKS(thread_leaves)
		HOOKS(thread_left)
		HOOKS(child_waited)
		HOOKS(child_reaped)
		HOOKS(rusage_wanted)
		HOOKS(signal_sending)
		HOOKS(signal_stops)
		HOOKS(thread_stops)
		HOOKS(signal_group)
		HOOKS(signal_chooses)
		HOOKS(signals_unwanted)
		HOOKS(signal_returns)
		HOOKS(signal_stack)
		HOOKS(signal_added)
		HOOKS(signal_taken)
		HOOKS(timer_signal_taken)
		HOOKS(alloc)
		HOOKS(file_opened)
		HOOKS(file_resizes)
		HOOKS(file_seek)
		HOOKS(link_dangles)
		HOOKS(program_opened)
		HOOKS(linker_mapped)
		HOOKS(file_closed)
		HOOKS(descriptor_closed)
		HOOKS(file_fcntl)
		HOOKS(file_cut)
		HOOKS(leave_space)
		HOOKS(prctl_called)
		HOOKS(reaper_chosen)
		HOOKS(cpu_clock_read)
		HOOKS(call_absent)
		HOOKS(file_ioctl)
		HOOKS(clock_started)
		HOOKS(tick)
		HOOKS(kernel_entered)
		HOOKS(panics)
		HOOKS(cpus_meet)
		HOOKS(process_executed)
		HOOKS(process_ending)
	} :rodata
	.note.pvh : AT(ADDR(.note.pvh) - KERNEL_OFFSET) {
		KEEP(*(.note.pvh))
	} :rodata :note
	/* Last, so that its second link moves nothing. */
	.rodata.ksyms : AT(ADDR(.rodata.ksyms) - KERNEL_OFFSET) {
		*(.rodata.ksyms)
	} :rodata

	. = ALIGN(0x1000);
	kernel_rodata_end = .;
	.data : AT(ADDR(.data) - KERNEL_OFFSET) {
		*(.data .data.*)
	} :data
	.bss : AT(ADDR(.bss) - KERNEL_OFFSET) {
		*(.bss .bss.* COMMON)
		. = ALIGN(0x1000);
	} :data
	kernel_end = .;

	/DISCARD/ : {
		*(.comment .eh_frame .note.GNU-stack .note.gnu.property)
	}
}
