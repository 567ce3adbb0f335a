/*
 * The data page's only writer.
 */
#include "kernel/time/vvar.h"

#include "kernel/abi/capabilities.h"
#include "kernel/abi/errno.h"
#include "kernel/abi/time.h"
#include "kernel/cpu/cpu.h"
#include "kernel/lib/atomic.h"
#include "kernel/time/tick.h"

struct vvar vvar_k;

static int vnotb = 666;

void vvar_init(void)
{
	vvar_k.tick_ns = NSEC_PER_SEC / TICK_HZ;
	vvar_k.features = TICK_HZ << CAPABILITY_HZ_SHIFT |
			  (cpu_has(CPU_RDTSCP) ? CAPABILITY_RDTSCP : 0) |
			  (cpu_has(CPU_RDPID) ? CAPABILITY_RDPID : 0);
}

void vvar_random_seeded(void)
{
	/* release: who sees it gets a key of the new seed */
	__atomic_store_n(&vvar_k.random_generation,
			 vvar_k.random_generation + 1, __ATOMIC_RELEASE);
}

int vnotb_get(void)
{
	return READ_ONCE(vnotb);
}

int vnotb_set(int64_t value)
{
	if (value != (int)value || (value < 0 && value >= -MAX_ERRNO))
		return -EINVAL;
	WRITE_ONCE(vnotb, value);
	return 0;
}

/* Returns how many cycles pass until one of the line's clocks begins its next
 * second. Until then a reader need not carry nanoseconds over to seconds. */
static uint64_t cycles_to_second(const struct vvar_clocks *clocks)
{
	uint64_t nsec = clocks->nsec[0];

	if (clocks->nsec[1] > nsec)
		nsec = clocks->nsec[1];
	return (INSTANT_SECOND - nsec + clocks->mult - 1) / clocks->mult;
}

/* Writes one line of the page: two clocks, and what a reader needs to carry
 * them on from the base. */
static void write_line(struct vvar_clocks *clocks, const struct timeline *tl,
		       enum vvar_line line)
{
	const struct instant *t = tl->clocks + 2 * line;

	clocks->cycles = tl->cycles;
	clocks->mult = line == VVAR_RAW ? tl->raw_mult : tl->mult;
	for (int slot = 0; slot < 2 && 2 * line + slot < TIMELINE_CLOCKS;
	     slot++) {
		/* whole, because time() loads it without the lock */
		WRITE_ONCE(clocks->sec[slot], t[slot].sec);
		clocks->nsec[slot] = t[slot].nsec;
	}
	clocks->limit = tl->source->user ? cycles_to_second(clocks) : 0;
}

void vvar_open(void)
{
	for (int i = 0; i < VVAR_LINES; i++)
		seq_write_begin(&vvar_k.clocks[i].seq);
}

void update_vsyscall(const struct timeline *tl)
{
	WRITE_ONCE(vvar_k.vnotb, vnotb_get());

	for (int i = 0; i < VVAR_LINES; i++)
		write_line(&vvar_k.clocks[i], tl, i);
	for (int i = 0; i < VVAR_LINES; i++)
		seq_write_end(&vvar_k.clocks[i].seq);

	uint64_t features = vvar_k.features & ~(uint64_t)CAPABILITY_CLOCK;
	if (tl->source->user)
		features |= CAPABILITY_CLOCK;
	WRITE_ONCE(vvar_k.features, features);
}
