/*
 * Instructions that the kernel replaces at boot by better ones, where the CPU
 * has them: the format of one entry, the same for the kernel's own text
 * (section .patch) and for the vDSO's (an ELF note, so that tools can list
 * them).  Code as built runs on any x86_64.  Who applies it: kernel/cpu/patch.c.
 */
#ifndef KERNEL_ABI_PATCH_H
#define KERNEL_ABI_PATCH_H

#include <stdint.h>

enum patch_feature {
	PATCH_SMAP,   /* stac, clac */
	PATCH_RDTSCP, /* an ordered counter read in one instruction */
	PATCH_RDPID,  /* the number of this CPU in one instruction */
};

#define PATCH_MAX_LENGTH 10

struct patch {
	int32_t site;    /* bytes from this entry to the code */
	uint8_t feature; /* enum patch_feature */
	uint8_t length;  /* bytes of code, here and there */
	uint8_t code[PATCH_MAX_LENGTH];
};

/* The note that holds a vDSO's entries. */
#define PATCH_NOTE_NAME "Colonel"
#define PATCH_NOTE_TYPE 1

/*
 * For an asm statement: the instructions `old`, and an entry that puts `new`
 * over them on a CPU with the feature that operand %[feature] names ("i").
 * `new` is not longer than `old` (the assembler checks) and is filled up with
 * one-byte NOPs, so it had better be as long.
 */
#define PATCHABLE(old, new)                             \
	"771: " old "\n"                                \
	"772:\n"                                        \
	".pushsection .patch, \"a\"\n"                  \
	"773: .long 771b - 773b\n"                      \
	".byte %c[feature], 772b - 771b\n"              \
	"774: " new "\n"                                \
		    ".org 774b + (772b - 771b), 0x90\n" \
		    ".org 773b + 16\n"                  \
		    ".popsection\n"

#endif
