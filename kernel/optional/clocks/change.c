/* Changing the counter behind the clocks: see change.h. */
#include "kernel/optional/clocks/change.h"

#include "kernel/lib/saturate.h"
#include "kernel/time/vvar.h"

static void set_rate(struct timeline *tl, uint64_t mult)
{
	tl->mult = mul_div(mult, tl->mult, tl->raw_mult);
	tl->raw_mult = mult;
}

void clock_change_rate(struct timeline *tl, uint64_t mult)
{
	vvar_open();
	timeline_rebase(tl, tl->source->read());
	set_rate(tl, mult);
	update_vsyscall(tl);
}

void clock_change_source(struct timeline *tl, const struct clocksource *source,
			 uint64_t mult)
{
	vvar_open();
	timeline_rebase(tl, tl->source->read());
	tl->source = source;
	tl->cycles = source->read();
	set_rate(tl, mult);
	update_vsyscall(tl);
}
