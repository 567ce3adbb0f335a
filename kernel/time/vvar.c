/*
 * The writer of the data page: nobody else writes it.
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

void vvar_set_zone(const struct timezone *zone)
{
	vvar_k.minuteswest = zone->tz_minuteswest;
	vvar_k.dsttime = zone->tz_dsttime;
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

/* Cycles until the first of a line's clocks begins its next second. */
static uint64_t cycles_to_second(const struct vvar_clocks *clocks)
{
	uint64_t nsec = clocks->nsec[0];

	if (clocks->nsec[1] > nsec)
		nsec = clocks->nsec[1];
	return (INSTANT_SECOND - nsec + clocks->mult - 1) / clocks->mult;
}

static void write_line(struct vvar_clocks *clocks, const struct timeline *tl,
		       enum vvar_line line)
{
	const struct instant *t = tl->clocks + 2 * line;

	clocks->cycles = tl->cycles;
	clocks->mult = line == VVAR_RAW ? tl->raw_mult : tl->mult;
	for (int slot = 0; slot < 2 && 2 * line + slot < TIMELINE_CLOCKS;
	     slot++) {
		/* alone, time() loads it outside of the section */
		WRITE_ONCE(clocks->sec[slot], t[slot].sec);
		clocks->nsec[slot] = t[slot].nsec;
	}
	clocks->limit = tl->source->user ? cycles_to_second(clocks) : 0;
}

/*
 * The order matters: the section is open for all CPUs to see before a counter
 * is sampled, so no reader carries the old rate past the new base.
 */
static void open_section(void)
{
	for (int i = 0; i < VVAR_LINES; i++)
		seq_write_begin(&vvar_k.clocks[i].seq);
}

static void write_and_close_section(const struct timeline *tl)
{
	struct vvar *v = &vvar_k;

	for (int i = 0; i < VVAR_LINES; i++)
		write_line(&v->clocks[i], tl, i);
	for (int i = 0; i < VVAR_LINES; i++)
		seq_write_end(&v->clocks[i].seq);

	uint64_t features = v->features & ~(uint64_t)CAPABILITY_CLOCK;
	if (tl->source->user)
		features |= CAPABILITY_CLOCK;
	WRITE_ONCE(v->features, features);
}

void update_vsyscall(struct timeline *tl)
{
	WRITE_ONCE(vvar_k.vnotb, vnotb_get());

	open_section();
	timeline_rebase(tl, tl->source->read());
	write_and_close_section(tl);
}

void vvar_change_source(struct timeline *tl, const struct clocksource *source,
			uint64_t mult)
{
	open_section();
	timeline_rebase(tl, tl->source->read());
	timeline_set_source(tl, source, mult, source->read());
	write_and_close_section(tl);
}
