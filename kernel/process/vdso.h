/*
 * The vDSO's image in the kernel, and its mapping into each new program,
 * with the data page below it.
 */
#ifndef KERNEL_PROCESS_VDSO_H
#define KERNEL_PROCESS_VDSO_H

#include "kernel/mm/space.h"

extern char vdso_image_start[], vdso_image_end[]; /* vdso_image.asm */

/*
 * Chooses the image's instructions by what the CPU can do. Early: its frames
 * are read-only once the kernel's own page tables are loaded.
 */
void vdso_patch(void);

/*
 * Maps [vvar] and [vdso] above the stack of a new space and sets space->vdso;
 * does nothing with vdso=0. 0 or -ENOMEM. (The name is Linux's.)
 */
int arch_setup_additional_pages(struct space *space);

#endif
