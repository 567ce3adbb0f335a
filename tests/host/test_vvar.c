/*
 * The writer of the data page, one instruction at a time: whatever a reader on
 * another CPU finds between any two of them is the old or the new, or marked
 * as neither; and the counter is sampled when all can see the mark.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

#include "kernel/cpu/cpu.h"
#include "kernel/optional/clocks/change.h"
#include "kernel/time/timeline.h"
#include "kernel/time/vvar.h"

static struct timeline timeline;
static uint64_t counter = 1000;

static bool stepping;
static int steps, fences, looks, open_lines_at_look, fences_at_look;
static struct vvar_clocks old[VVAR_LINES];

/* What stood in each line when it was first seen to be whole and not old. */
static struct vvar_clocks new[VVAR_LINES];
static bool has_new[VVAR_LINES];
static int half_seen;

bool cpu_has(enum cpu_feature feature)
{
	(void)feature;
	return false;
}

static bool is_open(const struct vvar_clocks *line)
{
	return line->seq.begin != line->seq.end;
}

static int open_lines(void)
{
	int count = 0;

	for (int i = 0; i < VVAR_LINES; i++)
		count += is_open(&vvar_k.clocks[i]);
	return count;
}

static uint64_t look_at_counter(void)
{
	looks++;
	if (looks == 1)
		fences_at_look = fences;
	if (looks == 1 || open_lines() < open_lines_at_look)
		open_lines_at_look = open_lines();
	return counter;
}

static const struct clocksource source = { .name = "test",
					   .read = look_at_counter,
					   .mask = UINT64_MAX,
					   .user = true };

/* Does the line show what the old one did, whatever its marks? */
static bool is_old(const struct vvar_clocks *line, int i)
{
	return !memcmp(&line->seq + 1, &old[i].seq + 1,
		       sizeof(*line) - sizeof(line->seq));
}

/*
 * As a reader would: a line that says it is whole must be one or the other,
 * also to one that looked at `end` before all this.
 */
static void look_at_line(int i)
{
	const struct vvar_clocks *line = &vvar_k.clocks[i];

	half_seen += line->seq.begin == old[i].seq.end && !is_old(line, i);

	if (is_open(line) || !memcmp(line, &old[i], sizeof(*line)))
		return;
	if (!has_new[i])
		new[i] = *line;
	has_new[i] = true;
	half_seen += memcmp(line, &new[i], sizeof(*line)) != 0;
}

static void on_step(int signo, siginfo_t *info, void *context)
{
	static const uint8_t mfence[] = { 0x0f, 0xae, 0xf0 };
	ucontext_t *user = context;
	const void *rip = (const void *)user->uc_mcontext.gregs[REG_RIP];

	(void)signo;
	(void)info;
	steps++;
	/* of use only when the last line has been opened */
	if (open_lines() == VVAR_LINES)
		fences += !memcmp(rip, mfence, sizeof(mfence));
	for (int i = 0; i < VVAR_LINES; i++)
		look_at_line(i);
	if (!stepping)
		user->uc_mcontext.gregs[REG_EFL] &= ~0x100;
}

static void set_trap_flag(void)
{
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\t"
			 "lea 128(%%rsp), %%rsp"
			 :
			 :
			 : "memory", "cc");
}

static void change_source(struct timeline *tl)
{
	clock_change_source(tl, &source, 1ull << 31);
}

/* One update, stepped. */
static void step(void (*update)(struct timeline *tl))
{
	memcpy(old, vvar_k.clocks, sizeof(old));
	memset(has_new, 0, sizeof(has_new));
	steps = fences = looks = half_seen = 0;
	counter += 123456789;
	stepping = true;
	set_trap_flag();
	update(&timeline);
	stepping = false;
	assert_true(steps > 50);
}

/* What the tick does. */
static void update(struct timeline *tl)
{
	vvar_open();
	timeline_rebase(tl, tl->source->read());
	update_vsyscall(tl);
}

static void change_rate(struct timeline *tl)
{
	clock_change_rate(tl, tl->raw_mult + 1000);
}

static void start(void)
{
	timeline_start(&timeline, &source, 1ull << 32, counter);
	vvar_init();
	update(&timeline);
}

static void test_whole_or_marked(void **state)
{
	(void)state;
	start();
	for (int n = 0; n < 20; n++) {
		step(n % 2 ? update : change_rate);
		assert_int_equal(half_seen, 0);
		for (int i = 0; i < VVAR_LINES; i++)
			assert_memory_equal(&new[i], &vvar_k.clocks[i],
					    sizeof(new[i]));
	}
}

static void test_sampled_in_the_section(void **state)
{
	(void)state;
	start();
	for (int n = 0; n < 2; n++) {
		step(n ? change_rate : update);
		assert_int_equal(looks, 1);
		assert_int_equal(open_lines_at_look, VVAR_LINES);
	}
}

/* The stores that open the section have left this CPU before it is sampled. */
static void test_fence_before_sample(void **state)
{
	(void)state;
	start();
	step(update);
	assert_true(fences_at_look > 0);
}

/* Between the looks at the one and the other nobody uses the old one. */
static void test_change_of_source(void **state)
{
	(void)state;
	start();
	step(change_source);
	assert_int_equal(looks, 2);
	assert_int_equal(open_lines_at_look, VVAR_LINES);
	assert_true(fences_at_look > 0);
	assert_int_equal(half_seen, 0);
}

/* A new rate counts from the base at which it is set, not from the last. */
static void test_change_of_rate(void **state)
{
	const struct instant *mono = &timeline.clocks[TIMELINE_MONO];

	(void)state;
	start();
	uint64_t nsec = mono->nsec, cycles = 1000;
	counter += cycles;
	clock_change_rate(&timeline, 1ull << 33);
	nsec += cycles << 32;
	assert_int_equal(mono->nsec, nsec);
	counter += cycles;
	update(&timeline);
	assert_int_equal(mono->nsec, nsec + (cycles << 33));
	assert_int_equal(timeline.raw_mult, 1ull << 33);
}

/* The clocks stand still while the counter is replaced. */
static void test_other_counter(void **state)
{
	struct clocksource other = source;
	const struct instant *mono = &timeline.clocks[TIMELINE_MONO];

	(void)state;
	start();
	uint64_t nsec = mono->nsec, cycles = 1000;
	counter += cycles;
	clock_change_source(&timeline, &other, 1ull << 31);
	assert_ptr_equal(timeline.source, &other);
	assert_int_equal(mono->nsec, nsec + (cycles << 32));
	counter += cycles;
	update(&timeline);
	assert_int_equal(mono->nsec, nsec + (cycles << 32) + (cycles << 31));
}

static int setup(void **state)
{
	struct sigaction action = { .sa_sigaction = on_step,
				    .sa_flags = SA_SIGINFO };

	(void)state;
	return sigaction(SIGTRAP, &action, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_or_marked),
		cmocka_unit_test(test_sampled_in_the_section),
		cmocka_unit_test(test_fence_before_sample),
		cmocka_unit_test(test_change_of_source),
		cmocka_unit_test(test_change_of_rate),
		cmocka_unit_test(test_other_counter),
	};

	return cmocka_run_group_tests_name("vvar", tests, setup, NULL);
}
