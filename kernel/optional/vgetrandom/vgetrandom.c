/*
 * The part "vgetrandom": what getrandom() in the vDSO needs of the kernel. A
 * generation on the data page, which says when a program's key is out of date,
 * and memory that may be dropped, MAP_DROPPABLE (droppable.c).
 *
 * Without it that function makes the system call each time. It needs no other
 * part.
 */
#include "kernel/abi/time.h"
#include "kernel/dev/random.h"
#include "kernel/lib/hook.h"
#include "kernel/time/timekeeper.h"
#include "kernel/time/timer.h"
#include "kernel/time/vvar.h"

/* How long a key is used (Linux's value): who finds out the kernel's state, or
 * a program's, can tell the future for that long at most. */
#define PERIOD (60 * NSEC_PER_SEC)

#define RESEED_ROUNDS 4 /* in an interrupt: 256 bits are enough */

static struct timer timer;

static void seed_anew(struct timer *this)
{
	random_seed(RESEED_ROUNDS);
	vvar_random_seeded();
	timer_start(this, ktime_monotonic_ns() + PERIOD);
}

static void vgetrandom_init(void)
{
	timer_init(&timer, CLOCK_MONOTONIC, seed_anew);
	vvar_random_seeded();
	timer_start(&timer, ktime_monotonic_ns() + PERIOD);
}
HOOK(boot_cpus, vgetrandom_init);
