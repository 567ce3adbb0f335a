/*
 * The data page as its writer sees it; and vnotb, the kernel variable that the
 * whole story is about.
 *
 * The page is written in three steps, with the time keeper's lock held and
 * interrupts off, so that there is only one writer:
 *
 *	vvar_open();
 *	timeline_rebase(&timeline, timeline.source->read());
 *	update_vsyscall(&timeline);
 */
#ifndef KERNEL_TIME_VVAR_H
#define KERNEL_TIME_VVAR_H

#include <stdint.h>

#include "kernel/time/timeline.h"
#include "vdso/vvar.h"

/* The kernel's writable view. Programs see the same frame as vvar_u. */
extern struct vvar vvar_k;

/* Writes what the page says of this CPU and kernel, before the first update. */
void vvar_init(void);

/*
 * Tells readers that the page is being written: they wait, or ask the kernel.
 * All CPUs see this before the counter is read for the new base; else a reader
 * could use the old rate beyond that base.
 */
void vvar_open(void);

/* Publishes the time line, and vnotb: readers go on with the new base. */
void update_vsyscall(const struct timeline *tl);

/* Tells programs that the random numbers have a new seed: getrandom() in the vDSO
 * asks the kernel for a new key. One caller at a time. */
void vvar_random_seeded(void);

/* The number of the beast. A new one is on the page after the next tick. */
int vnotb_get(void);

/* Returns 0, or -EINVAL if it is not an int or would read as an errno. */
int vnotb_set(int64_t value);

#endif
