/*
 * Which CPU goes on, in a build with EXPLORE=1 (docs/testing.md). A seed
 * is written to /proc/sys/kernel/explore; 0 stops it. Reading gives the seed, how
 * many points were passed since and where the generator stands: the same numbers
 * after two runs mean that these were the same.
 *
 * Some faults need many changes of CPU, others one that lasts for a whole system
 * call of the other side. So a seed chooses one of four styles as well: how
 * seldom to hand over the turn, and for how many turns at most.
 */
#include "kernel/abi/errno.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"
#include "kernel/optional/proc_files.h"

/* Hands over at one point of `one_in`, for 2^0 ... 2^(stalls - 1) turns. */
static const struct style {
	uint32_t one_in, stalls;
} styles[] = { { 8, 8 }, { 8, 1 }, { 32, 8 }, { 256, 14 } };

/* The CPUs run in turns, and only one of them at a time: no lock. */
static uint64_t seed, generator, points;
static struct style style;

/* A number in [0, below). Knuth's linear congruential generator; its upper bits
 * are the random ones. */
static uint32_t choose(uint32_t below)
{
	generator = generator * 6364136223846793005ul + 1442695040888963407ul;
	return (uint32_t)((generator >> 32) * below >> 32);
}

void explore_choose(void)
{
	if (!seed)
		return;
	points++;
	if (choose(style.one_in))
		return;
	for (uint32_t turns = 1u << choose(style.stalls); turns; turns--)
		cpu_relax();
}

static int show_explore(struct sink *out, struct process *process)
{
	(void)process;
	sink_printf(out, "%lu %lu %lx\n", seed, points, generator);
	return 0;
}

static int store_explore(const char *words, struct process *process)
{
	long number;

	(void)process;
	if (parse_int(words, &number) || number < 0)
		return -EINVAL;
	seed = 0;
	points = 0;
	generator = (uint64_t)number;
	style = styles[(uint64_t)number % ARRAY_SIZE(styles)];
	seed = (uint64_t)number;
	return 0;
}

PROC_FILES(explore_files) = {
	{ .path = "sys/kernel/explore",
	  .mode = 0644,
	  .show = show_explore,
	  .store = store_explore },
};
