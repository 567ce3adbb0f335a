/*
 * The kernel's writer and the vDSO's reader, as they were built, over one page,
 * in a program of this machine. The writer runs once, an instruction at a time:
 * each state of the page that another CPU could see is kept. Then the reader
 * runs against each of them: it is stopped at each of its instructions, the
 * page goes on to each later state, and the reader goes on. What it says must
 * be the old time or the new one; or it asks the kernel.
 *
 *	halves NUMBER	prints the findings, and NUMBER with the last of them
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>

#include "kernel/cpu/cpu.h"
#include "kernel/time/vvar.h"

#define STATES      200
#define MOST_PLACES 200
#define MOST_STEPS  300
#define TOLERANCE   100 /* nanoseconds, in which the counter goes on */
#define SHOWN       4
#define TRAP_BIT    0x100

int __vdso_clock_gettime(int id, struct timespec *time);
int vdso_slow_path(long a, void *b, long number);

static bool asked;

/* The reader's way into the kernel. */
int vdso_slow_path(long a, void *b, long number)
{
	(void)a, (void)b, (void)number;
	asked = true;
	return 0;
}

bool cpu_has(enum cpu_feature feature)
{
	(void)feature;
	return false;
}

static const struct clocksource source = { .mask = UINT64_MAX, .user = true };

/*
 * At two cycles to 2^31 ns the counter adds nothing that matters while this
 * runs, but its distance from the base and the rate are part of each time: 256
 * ns of the old one, 1024 of the new one, 512 of a mixture.
 */
static struct timeline times[2];

static void set_times(void)
{
	uint64_t counter = __builtin_ia32_rdtsc();

	for (int i = 0; i < 2; i++) {
		times[i] = (struct timeline){
			.source = &source,
			.cycles = counter - (1ull << (40 + i)),
			.mult = 1 + i,
			.raw_mult = 1 + i,
		};
		for (int clock = 0; clock < TIMELINE_CLOCKS; clock++)
			times[i].clocks[clock] = (struct instant){
				1000 * (clock + 1) + 500000 * i,
				(100000000ull + 600000000 * i + 1000000 * clock)
					<< NSEC_SHIFT
			};
	}
}

static struct vvar states[STATES];
static int state_count;

/* A step of the writer: is the page another than at the last one? */
static void writer_step(void)
{
	if (state_count < STATES &&
	    memcmp(&states[state_count - 1], &vvar_k, sizeof(vvar_k)))
		states[state_count++] = vvar_k;
}

/* The reader's code, in a section of this name: grade.py sees to it. */
extern uint8_t __start_vdso_text[], __stop_vdso_text[];

#define BREAKPOINT 0xcc
static uint8_t *places[MOST_PLACES]; /* its instructions, as they are run */
static int place_count;
static int steps;

/* A step of the reader: has it been at this instruction before? */
static void reader_step(uint8_t *place, greg_t *flags)
{
	if (++steps > MOST_STEPS)
		*flags &= ~TRAP_BIT;
	if (place < __start_vdso_text || place >= __stop_vdso_text ||
	    place_count == MOST_PLACES)
		return;
	for (int i = 0; i < place_count; i++)
		if (places[i] == place)
			return;
	places[place_count++] = place;
}

static uint8_t *stop_at, stopped_byte;
static const struct vvar_clocks *next_state;
static struct vvar_clocks *line;

/* The reader is stopped for the first time: the page goes on. */
static void reader_stopped(greg_t *rip)
{
	*line = *next_state;
	*stop_at = stopped_byte;
	*rip = (greg_t)stop_at;
}

static enum { WRITING, LEARNING, READING } doing;

static void on_trap(int signo, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signo;
	(void)info;
	if (doing == WRITING)
		writer_step();
	else if (doing == LEARNING)
		reader_step((uint8_t *)registers[REG_RIP], &registers[REG_EFL]);
	else
		reader_stopped(&registers[REG_RIP]);
}

#define TRAP_FLAG(operation)                                              \
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\t" operation \
			 "\n\tpopfq\n\tlea 128(%%rsp), %%rsp"             \
			 :                                                \
			 :                                                \
			 : "memory", "cc")
#define STEP(call)                                  \
	do {                                        \
		TRAP_FLAG("orq $0x100, (%%rsp)");   \
		call;                               \
		TRAP_FLAG("andq $~0x100, (%%rsp)"); \
	} while (0)

static void record_writer(void)
{
	vvar_init();
	vvar_open();
	update_vsyscall(&times[0]);
	states[0] = vvar_k;
	state_count = 1;
	doing = WRITING;
	STEP({
		vvar_open();
		update_vsyscall(&times[1]);
	});
	printf("the writer leaves %d states of the page\n", state_count);
}

static const struct clock {
	const char *name;
	int id, clock;
	bool coarse;
} clocks[] = {
	{ "CLOCK_MONOTONIC", CLOCK_MONOTONIC, TIMELINE_MONO, false },
	{ "CLOCK_REALTIME", CLOCK_REALTIME, TIMELINE_REAL, false },
	{ "CLOCK_BOOTTIME", CLOCK_BOOTTIME, TIMELINE_BOOT, false },
	{ "CLOCK_TAI", CLOCK_TAI, TIMELINE_TAI, false },
	{ "CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW, TIMELINE_RAW, false },
	{ "CLOCK_MONOTONIC_COARSE", CLOCK_MONOTONIC_COARSE, TIMELINE_MONO,
	  true },
};

static bool shows(const struct timespec *now, const struct clock *clock, int i)
{
	const struct instant *t = &times[i].clocks[clock->clock];
	int64_t nsec = (t->nsec >> NSEC_SHIFT) +
		       (clock->coarse ? 0 : 256ull << (2 * i));

	return now->tv_sec == (int64_t)t->sec &&
	       now->tv_nsec >= nsec - TOLERANCE &&
	       now->tv_nsec <= nsec + TOLERANCE;
}

static long calls, wrong, idle_asks;

/* The line of this clock as it is in a state of the page. */
static const struct vvar_clocks *line_in(int state)
{
	return (const void *)((char *)&states[state] +
			      ((char *)line - (char *)&vvar_k));
}

/* Learns which instructions a reader executes that begins at a state. */
static void learn(const struct clock *clock, int state)
{
	struct timespec now;

	doing = LEARNING;
	steps = 0;
	*line = *line_in(state);
	STEP(__vdso_clock_gettime(clock->id, &now));
}

/* One call, which begins at state `a` and is stopped before its instruction
 * number `at`; then the page is at state `b`. */
static void call_once(const struct clock *clock, int at, int a, int b)
{
	int last = state_count - 1;
	struct timespec now = { 0, 0 };

	doing = READING;
	*line = *line_in(a);
	next_state = line_in(b);
	asked = false;
	stop_at = places[at];
	stopped_byte = *stop_at;
	*stop_at = BREAKPOINT;
	__vdso_clock_gettime(clock->id, &now);
	*stop_at = stopped_byte;
	calls++;
	if (asked) {
		idle_asks += (a == 0 || a == last) && (b == 0 || b == last);
		return;
	}
	if (shows(&now, clock, 0) || shows(&now, clock, 1))
		return;
	if (wrong++ < SHOWN)
		printf("%s: the writer stands after change %d of %d, the "
		       "reader before instruction %d; the writer goes on to "
		       "change %d: the reader says %ld.%09ld s\n",
		       clock->name, a, last, at, b, now.tv_sec, now.tv_nsec);
}

/* The states in which this line differs from the one before. */
static int states_of_line(int *list)
{
	size_t offset = (char *)line - (char *)&vvar_k;
	int count = 0;

	for (int i = 0; i < state_count; i++)
		if (!i ||
		    memcmp((char *)&states[i] + offset,
			   (char *)&states[i - 1] + offset, sizeof(*line)))
			list[count++] = i;
	if (list[count - 1] != state_count - 1)
		list[count++] = state_count - 1;
	return count;
}

static void try_clock(const struct clock *clock)
{
	int list[STATES], count;

	line = &vvar_k.clocks[clock->clock / 2];
	count = states_of_line(list);
	place_count = 0;
	for (int i = 0; i < count; i++)
		learn(clock, list[i]);
	for (int a = 0; a < count; a++)
		for (int b = a; b < count; b++) {
			for (int at = 0; at < place_count; at++)
				call_once(clock, at, list[a], list[b]);
		}
}

/* Lets breakpoints be written into the reader's code. */
static bool open_code(void)
{
	uintptr_t first = (uintptr_t)__start_vdso_text & -4096ul;

	if (!mprotect((void *)first, (uintptr_t)__stop_vdso_text - first,
		      PROT_READ | PROT_WRITE | PROT_EXEC))
		return true;
	perror("mprotect");
	return false;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_trap,
				    .sa_flags = SA_SIGINFO };

	if (argc != 2)
		return 2;
	if (!open_code())
		return 1;
	sigaction(SIGTRAP, &action, NULL);
	set_times();
	record_writer();
	for (size_t i = 0; i < sizeof(clocks) / sizeof(*clocks); i++)
		try_clock(&clocks[i]);
	printf("%s: %ld of %ld readings wrong, %ld of a page at rest asked the "
	       "kernel\n",
	       argv[1], wrong, calls, idle_asks);
	return 0;
}
