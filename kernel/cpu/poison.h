/*
 * In a build with ASSERT=1 and poison=BYTE on the command line: what nobody has
 * written holds that byte, so that what leaks of it to ring 3 differs from one
 * byte to the other. The kernel stack below an entry, and new heap objects.
 */
#ifndef KERNEL_CPU_POISON_H
#define KERNEL_CPU_POISON_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cpu/percpu.h"
#include "kernel/mm/layout.h"

extern uint8_t poison_byte; /* 0: none is wanted */

/*
 * Fills the task's stack below where it is used. Inlined, because a call's
 * frame would stand there; the caller's own locals are not filled.
 */
static inline __attribute__((always_inline)) void poison_stack(void)
{
	uint64_t bottom, size;

	if (!ASSERTIONS || !poison_byte)
		return;
	bottom = ALIGN_UP(THIS_CPU->current->stack_top, PAGE_SIZE) -
		 KERNEL_STACK_SIZE;
	__asm__ volatile("mov %%rsp, %0" : "=r"(size));
	size -= bottom;
	__asm__ volatile("rep stosb"
			 : "+c"(size), "+D"(bottom)
			 : "a"(poison_byte)
			 : "memory");
}

#endif
