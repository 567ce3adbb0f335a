/*
 * How an optional part plugs into the core: tables that the linker script
 * collects (linker/kernel.lds.S). The core raises an event and calls every
 * function that was hooked to it, in link order; with the part left out of the
 * build, its entries are not there, and nothing in the core changes.
 *
 * The owner of an event declares it in its header, with the arguments:
 *
 *	HOOK_EVENT(file_closed, struct file *file);
 *
 * raises it with HOOK_CALL(file_closed, file), and its name stands in the
 * linker script. A part hooks a function of its own to it:
 *
 *	HOOK(file_closed, locks_file_closed);
 *
 * A hooked function must not assume an order among the parts.
 */
#ifndef KERNEL_LIB_HOOK_H
#define KERNEL_LIB_HOOK_H

#include "kernel/lib/types.h"

#define HOOK_EVENT(event, ...)                      \
	typedef void hook_##event(__VA_ARGS__);     \
	extern hook_##event *const event##_hooks[]; \
	extern hook_##event *const event##_hooks_end[]

#define HOOK(event, function)                         \
	static hook_##event *const event##_##function \
		__attribute__((section(".hooks." #event), used)) = function

#define HOOK_CALL(event, ...)                                   \
	do {                                                    \
		for (hook_##event *const *hook = event##_hooks; \
		     hook < event##_hooks_end; hook++)          \
			(*hook)(__VA_ARGS__);                   \
	} while (0)

struct boot_info;

/* Raised by kernel_main() when the loader's tables have been read. There is no
 * memory to allocate yet; `at` gives access to physical memory, or NULL where
 * the first page tables do not reach. */
HOOK_EVENT(boot_early, const struct boot_info *info,
	   const void *(*at)(paddr_t address, size_t size));

/* Raised when frames can be allocated and none has been: frame_alloc_boot()
 * gives the lowest. */
HOOK_EVENT(boot_frames, void);

/* Raised when memory can be allocated and mapped; boot_early's `at` does not
 * work any more. */
HOOK_EVENT(boot_memory, void);

/* Raised by kernel_main() when the core is initialised: the root directory is
 * there and empty, and no other task runs. A hooked function may give_up(). */
HOOK_EVENT(boot, void);

/* Raised when all is ready for the first program, the clocks included. */
HOOK_EVENT(boot_cpus, void);

#endif
