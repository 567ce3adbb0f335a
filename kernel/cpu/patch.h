/*
 * Instructions that the kernel chooses at boot by what the CPU can do, in its
 * own text and in the vDSO's: kernel/abi/patch.h has the format. Done before
 * text turns read-only and before another CPU runs.
 */
#ifndef KERNEL_CPU_PATCH_H
#define KERNEL_CPU_PATCH_H

#include "kernel/abi/patch.h"

/*
 * Applies the entries in [first, end) whose feature the CPU has; pads with
 * the entry's own bytes only. Refuses (panics on) a site outside
 * [text, text_end).
 */
void patch_apply(const struct patch *first, const struct patch *end, void *text,
		 void *text_end);

#endif
