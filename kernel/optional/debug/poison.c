/*
 * poison=BYTE on the command line of a build with ASSERT=1: memory that has not
 * been written holds that byte, so that what leaks of it to ring 3 differs from
 * one byte to the other. It fills the kernel's stack below each entry, and new
 * objects of the heap.
 */
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/layout.h"

/* Fills the task's stack below this function's frame, two words that stay. */
static void poison_stack(void)
{
	uint64_t bottom, size;

	if (!kmalloc_fill)
		return;
	bottom = ALIGN_UP(THIS_CPU->current->stack_top, PAGE_SIZE) -
		 KERNEL_STACK_SIZE;
	__asm__ volatile("mov %%rsp, %0" : "=r"(size));
	size -= bottom;
	__asm__ volatile("rep stosb"
			 : "+c"(size), "+D"(bottom)
			 : "a"(kmalloc_fill)
			 : "memory");
}
HOOK(kernel_entered, poison_stack);

static void set_poison(const char *value)
{
	long byte;

	if (parse_int(value, &byte) || byte < 0 || byte > 255)
		kprintf("poison=%s: not a byte\n", value);
	else
		kmalloc_fill = (uint8_t)byte;
}
WORD("poison", set_poison);
