/*
 * The vDSO: a shared library that nobody loads.
 *
 * A shared library is a file; ld.so reads its headers, maps its segments, each
 * with its own rights, and relocates it.  The vDSO has no file.  The kernel
 * holds these bytes and maps the same frames into every process, wherever
 * there is room, before the program's first instruction; nobody relocates it,
 * and nobody may write to it.  What reads it are a C library's loader, Go's
 * run-time system, debuggers and unwinders, and all of them take short cuts.
 * So:
 *
 *   - One segment, read and execute, from offset 0 and address 0: what the
 *     file holds at offset x is in memory at base + x, headers included.
 *   - No relocation, no GOT, no writable or thread-local byte.  A pointer in
 *     the data would be one; ASSERT below refuses them all.
 *   - PT_DYNAMIC is read-only: FLAGS(4).  glibc adds the base to its pointers
 *     in place if it is told that it can, and would fault.
 *   - Both hash tables: musl and Go of one age read this, of another that.
 *   - The notes are mapped (version, build id, patch sites), and so are the
 *     unwind tables: an exception or a debugger passes through our frames.
 *   - Section headers stay, at the end: gdb wants them, and finds them in
 *     memory because they lie in the same page.
 *
 * What the functions read lies right below the image, at vvar_u: this line is
 * the only place that says so, and who maps the two reads it from here.
 */
#include "vdso/vvar.h"

#define PAGE 4096

/* What is linked behind the segment, 13 section headers of 64 bytes and their
 * names, 110 bytes, must lie in its last page: so if that is nearly full
 * another one begins. */
#define HEADERS 952
#define LEFT    (PAGE - (text_at + .) % PAGE)

OUTPUT_FORMAT("elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)

SECTIONS
{
	vvar_u = . - VVAR_SIZE;

	. = SIZEOF_HEADERS;

	.hash		: { *(.hash) }			:text
	.gnu.hash	: { *(.gnu.hash) }
	.dynsym		: { *(.dynsym) }
	.dynstr		: { *(.dynstr) }
	.gnu.version	: { *(.gnu.version) }
	.gnu.version_d	: { *(.gnu.version_d) }

	.dynamic	: { *(.dynamic) }		:text :dynamic

	/*
	 * The last note is ours: "Colonel", type 1, the patch sites
	 * (kernel/abi/patch.h).
	 */
	.note		: {
		*(.note.*)
		. = ALIGN(4);
		LONG(8)
		LONG(patch_end - patch_start)
		LONG(1)
		LONG(0x6f6c6f43)
		LONG(0x006c656e)
		patch_start = .;
		KEEP(*(.patch))
		patch_end = .;
	}						:text :note

	.eh_frame_hdr	: { *(.eh_frame_hdr) }		:text :eh_frame_hdr
	.eh_frame	: { KEEP(*(.eh_frame)) }	:text

	text_at = .;
	.text		: {
		*(.rodata .rodata.*)
		*(.text .text.*)
		. = LEFT < HEADERS ? . + LEFT + 8 : .;
	}						:text =0x90

	/* Nobody would relocate, zero or copy any of this. */
	.refused	: {
		*(.data .data.* .sdata* .bss .bss.* .dynbss COMMON)
		*(.tdata .tdata.* .tbss .tbss.*)
		*(.got .got.* .plt .plt.* .iplt .igot .igot.*)
		*(.rela .rela.* .relr.dyn)
		*(.init_array* .fini_array* .ctors .dtors)
	}
	ASSERT(SIZEOF(.refused) == 0, "the vDSO holds data or needs relocation")

	/DISCARD/	: {
		*(.note.GNU-stack) *(.note.gnu.property) *(.comment)
	}
}

PHDRS
{
	text		PT_LOAD FILEHDR PHDRS FLAGS(5); /* r-x */
	dynamic		PT_DYNAMIC FLAGS(4);		/* r-- */
	note		PT_NOTE FLAGS(4);
	eh_frame_hdr	PT_GNU_EH_FRAME FLAGS(4);
}

/* The names that programs may call, and the version that they ask for. */
VERSION
{
	LINUX_2.6 {
	global:
		clock_gettime;
		__vdso_clock_gettime;
		gettimeofday;
		__vdso_gettimeofday;
		time;
		__vdso_time;
		clock_getres;
		__vdso_clock_getres;
		getcpu;
		__vdso_getcpu;
		getrandom;
		__vdso_getrandom;
		capabilities;
		__vdso_capabilities;
		number_of_the_beast;
		__vdso_number_of_the_beast;
	local:
		*;
	};
}
