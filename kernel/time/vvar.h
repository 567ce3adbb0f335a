/*
 * The data page, seen by its writer; and vnotb, the kernel variable that the
 * whole story is about.
 */
#ifndef KERNEL_TIME_VVAR_H
#define KERNEL_TIME_VVAR_H

#include <stdint.h>

#include "kernel/time/timeline.h"
#include "vdso/vvar.h"

struct timezone;

/* The kernel's writable view; programs see the same frame as vvar_u. */
extern struct vvar vvar_k;

/* What the page says of this CPU and kernel. Once, before the first update. */
void vvar_init(void);

/*
 * Moves the base of the timeline to now and shows it to programs, and vnotb.
 * At every tick and change of the clocks. Called with the time keeper's lock
 * held and interrupts off: there is only one writer.
 */
void update_vsyscall(struct timeline *tl);

/*
 * The same, and from there on by another counter. The clocks stand still from
 * the look at the one to the look at the other: some microseconds are lost,
 * and none go back.
 */
void vvar_change_source(struct timeline *tl, const struct clocksource *source,
			uint64_t mult);

/* The time zone that gettimeofday() tells. With the time keeper's lock. */
void vvar_set_zone(const struct timezone *zone);

/* The number of the beast. A new one is on the page from the next tick on. */
int vnotb_get(void);

/* 0, or -EINVAL: not an int, or it would read as an errno. */
int vnotb_set(int64_t value);

#endif
