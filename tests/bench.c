/*
 * What the kernel's operations cost: one line each, "name instructions ns".
 * Instructions are those of the time-stamp counter, so they are true where a
 * tick of it is an instruction (QEMU's -icount shift=0) and cycles elsewhere.
 * Each figure is the median of some rounds. Runs on Linux too.
 *
 *	bench [NAME[=N]]...
 *
 * As process 1 it says what the counter shows at its start, and powers off.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/futex.h"
#include "kernel/abi/reboot.h"
#include "kernel/abi/syscall32.h"
#include "kernel/abi/sysinfo.h"
#include "user/lib/printf.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/vsyscall.h"

#define ROUNDS 31
#define PAGE   4096ul
#define PAGES  64

#define READ_ONCE(x)     (*(volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define MAX_PROCESSES 1024
#define GAP           60 /* cycles: an interrupt, not the loop */

static char **chosen; /* names of figures, ended by NULL; none: all */

static uint64_t read_counter(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static uint64_t read_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void wait_for(long pid)
{
	call_wait4((int)pid, NULL, 0, NULL);
}

/* ---- Operations ----------------------------------------------------------------- */

/* Each does its thing `count` times; 0: it is over. */

static struct timespec ts;
static struct timeval tv;
static unsigned cpu;

static long int80_call(long number)
{
	asm volatile("int $0x80" : "+a"(number) : : "memory");
	return number;
}

static __attribute__((noinline)) void empty(void)
{
	asm volatile("");
}

#define REPEAT(name, call)            \
	static void name(int count)   \
	{                             \
		while (count--)       \
			(void)(call); \
	}

REPEAT(empty_call, empty())
REPEAT(counter_read, read_counter())
REPEAT(monotonic, clock_gettime(CLOCK_MONOTONIC, &ts))
REPEAT(realtime, clock_gettime(CLOCK_REALTIME, &ts))
REPEAT(raw, clock_gettime(CLOCK_MONOTONIC_RAW, &ts))
REPEAT(boottime, clock_gettime(CLOCK_BOOTTIME, &ts))
REPEAT(tai, clock_gettime(CLOCK_TAI, &ts))
REPEAT(monotonic_coarse, clock_gettime(CLOCK_MONOTONIC_COARSE, &ts))
REPEAT(realtime_coarse, clock_gettime(CLOCK_REALTIME_COARSE, &ts))
REPEAT(time_of_day, gettimeofday(&tv, NULL))
REPEAT(seconds, time(NULL))
REPEAT(seconds_stored, time(&ts.tv_sec))
REPEAT(cpu_number, getcpu(&cpu, NULL))
REPEAT(resolution, clock_getres(CLOCK_MONOTONIC, &ts))
REPEAT(beast, number_of_the_beast())
REPEAT(null_call, call_getppid())
REPEAT(null_int80, int80_call(SYS32_getppid))

static void fork_exit(int count)
{
	while (count--) {
		long pid = call_fork();

		if (pid == 0)
			call_exit_group(0);
		wait_for(pid);
	}
}

/*
 * The smallest program: one segment, whose instructions are exit_group(0).
 * Written to a file, so that nothing but execve itself is measured.
 */
static const struct {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	uint8_t code[16];
} tiny = {
	.header = {
		.e_ident = "\177ELF\2\1\1",
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = 0x400000 + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
	},
	.segment = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = 0x400000,
		.p_filesz = sizeof(tiny),
		.p_memsz = sizeof(tiny),
		.p_align = 0x1000,
	},
	/* xor edi, edi; mov eax, SYS_exit_group; syscall */
	.code = { 0x31, 0xff, 0xb8, SYS_exit_group, 0, 0, 0, 0x0f, 0x05 },
};

static const char tiny_path[] = "/tmp/bench-tiny";
static char *const tiny_argv[] = { "bench-tiny", NULL };

static void write_tiny(void)
{
	int fd = (int)call_open(tiny_path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	call_write(fd, &tiny, sizeof(tiny));
	call_close(fd);
}

/* In this very frame: after vfork the child must not return from it. */
#define RUN_TINY(name, fork)                                             \
	static void name(int count)                                      \
	{                                                                \
		while (count--) {                                        \
			long pid = (fork);                               \
                                                                         \
			if (pid == 0) {                                  \
				call_execve(tiny_path, tiny_argv, NULL); \
				call_exit_group(1);                      \
			}                                                \
			wait_for(pid);                                   \
		}                                                        \
	}

RUN_TINY(fork_exec, call_fork())
RUN_TINY(vfork_exec, syscall(SYS_vfork))

/* As pthread_create() and pthread_join() do it, with a stack that is there. */
static void thread_join(int count)
{
	static uint64_t stack[512];
	static int tid;
	const long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			   CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID;

	while (count--) {
		register int *cleared asm("r10") = &tid;
		long result = SYS_clone;

		WRITE_ONCE(tid, 1);
		asm volatile("syscall\n\t"
			     "test %%eax, %%eax\n\t"
			     "jnz 1f\n\t"
			     "xor %%edi, %%edi\n\t"
			     "mov %[exit], %%eax\n\t"
			     "syscall\n"
			     "1:"
			     : "+a"(result)
			     : "D"(flags), "S"(stack + 512), "d"(NULL),
			       "r"(cleared), [exit] "i"(SYS_exit)
			     : "rcx", "r11", "memory", "cc");
		while (READ_ONCE(tid))
			syscall(SYS_futex, &tid, FUTEX_WAIT, 1, NULL);
	}
}

/*
 * The time to the child, which sends back when it had it. What is kept of the
 * last trip: from before the write to after the other's read.
 */
static uint64_t wake_up;

static void pipe_round_trip(int count)
{
	static int to[2] = { -1, -1 }, from[2];
	uint64_t start, there;

	if (to[0] < 0) {
		call_pipe2(to, 0);
		call_pipe2(from, 0);
		if (call_fork() == 0) {
			call_close(to[1]);
			while (call_read(to[0], &start, 8) == 8) {
				there = read_counter();
				call_write(from[1], &there, 8);
			}
			call_exit_group(0);
		}
		call_close(to[0]);
		to[0] = 0;
	}
	while (count--) {
		start = read_counter();
		call_write(to[1], &start, 8);
		call_read(from[0], &there, 8);
		wake_up = there - start;
	}
}

/* To another process that does nothing else, and back. */
static void yield_round_trip(int count)
{
	static long pid;

	if (!pid) {
		pid = call_fork();
		while (pid == 0)
			call_sched_yield();
	}
	if (!count) {
		call_kill((int)pid, SIGKILL);
		wait_for(pid);
	}
	while (count-- > 0)
		call_sched_yield();
}

static char *map(void)
{
	return call_mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void touch(char *pages)
{
	for (size_t i = 0; i < PAGES; i++)
		*(volatile char *)(pages + i * PAGE) = 1;
}

/* ---- Measuring ------------------------------------------------------------------ */

struct figure {
	uint64_t cycles, ns;
};

static void insert(uint64_t *sorted, int count, uint64_t value)
{
	while (count && sorted[count - 1] > value) {
		sorted[count] = sorted[count - 1];
		count--;
	}
	sorted[count] = value;
}

static struct figure now(void)
{
	return (struct figure){ read_counter(), read_ns() };
}

/* Sorted rounds of one operation. */
struct rounds {
	uint64_t cycles[ROUNDS], ns[ROUNDS];
	int count;
};

static void add_figure(struct rounds *rounds, uint64_t cycles, uint64_t ns)
{
	insert(rounds->cycles, rounds->count, cycles);
	insert(rounds->ns, rounds->count, ns);
	rounds->count++;
}

static void add_round(struct rounds *rounds, struct figure from,
		      struct figure to, int times)
{
	add_figure(rounds, (to.cycles - from.cycles) / (uint64_t)times,
		   (to.ns - from.ns) / (uint64_t)times);
}

static void show(const char *name, const struct rounds *rounds)
{
	printf("%-20s %9lu %9lu\n", name, rounds->cycles[ROUNDS / 2],
	       rounds->ns[ROUNDS / 2]);
}

/* The argument NAME or NAME=N; NULL: there is none. */
static const char *find_chosen(const char *name)
{
	size_t length = strlen(name);

	for (char **choice = chosen; *choice; choice++)
		if (!strncmp(*choice, name, length) &&
		    (!(*choice)[length] || (*choice)[length] == '='))
			return *choice;
	return NULL;
}

static int is_chosen(const char *name)
{
	return !*chosen || find_chosen(name);
}

/* The N of an argument NAME=N; 0: there is none. */
static long asked(const char *name)
{
	const char *argument = find_chosen(name);

	name = argument ? strchr(argument, '=') : NULL;
	return name ? parse_number(name + 1) : 0;
}

static void measure(const char *name, void (*operation)(int count), int times)
{
	struct rounds rounds = { .count = 0 };

	if (!is_chosen(name))
		return;
	operation(1);
	while (rounds.count < ROUNDS) {
		struct figure from = now();

		operation(times);
		add_round(&rounds, from, now(), times);
	}
	operation(0);
	show(name, &rounds);
}

/* A mapping's life has three figures. */
static void measure_mapping(void)
{
	struct rounds maps = { .count = 0 }, touches = maps, unmaps = maps;

	if (!is_chosen("mapping"))
		return;
	while (maps.count < ROUNDS) {
		struct figure start = now(), mapped, touched;
		char *pages = map();

		mapped = now();
		touch(pages);
		touched = now();
		add_round(&maps, start, mapped, 1);
		add_round(&touches, mapped, touched, PAGES);
		start = now();
		call_munmap(pages, PAGES * PAGE);
		add_round(&unmaps, start, now(), 1);
	}
	show("first-touch", &touches);
	show("mmap-64", &maps);
	show("munmap-64-touched", &unmaps);
}

/* A child that has all our pages until it is let go. */
static long start_sharer(int *let_go)
{
	int hold[2];
	long pid;
	char byte;

	call_pipe2(hold, 0);
	pid = call_fork();
	if (pid == 0) {
		call_close(hold[1]);
		call_read(hold[0], &byte, 1);
		call_exit_group(0);
	}
	call_close(hold[0]);
	*let_go = hold[1];
	return pid;
}

static void measure_copies(void)
{
	struct rounds copies = { .count = 0 };

	if (!is_chosen("copy-on-write"))
		return;
	while (copies.count < ROUNDS) {
		char *pages = map();
		struct figure start;
		int let_go;
		long pid;

		touch(pages);
		pid = start_sharer(&let_go);
		start = now();
		touch(pages);
		add_round(&copies, start, now(), PAGES);
		call_close(let_go);
		wait_for(pid);
		call_munmap(pages, PAGES * PAGE);
	}
	show("copy-on-write", &copies);
}

/* From a write into a pipe until its reader has it. */
static void measure_wake_up(void)
{
	struct rounds wakes = { .count = 0 };

	if (!is_chosen("wake-up"))
		return;
	while (wakes.count < ROUNDS) {
		pipe_round_trip(1);
		add_figure(&wakes, wake_up, 0);
	}
	show("wake-up", &wakes);
}

/* How much later than asked for a sleep ends. */
static void measure_lateness(void)
{
	struct rounds late = { .count = 0 };

	if (!is_chosen("sleep-lateness"))
		return;
	while (late.count < ROUNDS) {
		uint64_t until = read_ns() + 1000000 +
				 97000 * (uint64_t)late.count;
		struct timespec end = { .tv_sec = until / 1000000000,
					.tv_nsec = until % 1000000000 };

		syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME,
			&end, NULL);
		until = read_ns() - until;
		add_figure(&late, until, until);
	}
	show("sleep-lateness", &late);
}

/* Bytes that nobody uses, of those that the machine has. */
static void measure_memory(void)
{
	struct sysinfo info;

	if (!is_chosen("memory-free"))
		return;
	syscall(SYS_sysinfo, &info);
	printf("%-20s %9lu %9lu\n", "memory-free", info.freeram * info.mem_unit,
	       0ul);
}

/* ---- Cost as work grows ---------------------------------------------------------- */

static void pause_for_ever(void)
{
	for (;;)
		syscall(SYS_pause);
}

static void sleep_long(void)
{
	const struct timespec hour = { 3600, 0 };

	call_nanosleep(&hour, NULL);
}

/*
 * What each tick takes from a program, while `others` processes wait: the
 * gaps in a loop that only looks at the counter.
 */
static void measure_tick(const char *name, void (*wait)(void))
{
	static long pids[MAX_PROCESSES];
	long others = asked(name);
	struct rounds gaps = { .count = 0 };
	uint64_t last, now;

	if (others <= 0 || others > MAX_PROCESSES)
		return;
	for (long i = 0; i < others - 1; i++) {
		pids[i] = call_fork();
		if (pids[i] == 0)
			wait();
		if (pids[i] < 0)
			dprintf(2, "bench: fork: %s\n", errno_name(pids[i]));
	}
	call_sched_yield(); /* all have begun to wait */

	for (last = read_counter(); gaps.count < ROUNDS; last = now) {
		now = read_counter();
		if (now - last > GAP) {
			add_figure(&gaps, now - last, 0);
			now = read_counter();
		}
	}
	show(find_chosen(name), &gaps);
	while (--others > 0) {
		call_kill((int)pids[others - 1], SIGKILL);
		wait_for(pids[others - 1]);
	}
}

/* fork, of a process that has so many areas: every other page of a mapping
 * may be written. */
static void measure_areas(void)
{
	size_t areas = (size_t)asked("fork-areas");
	size_t size = areas * PAGE;
	char *pages;

	if (!areas)
		return;
	pages = call_mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	for (size_t i = 0; i < areas; i += 2)
		call_mprotect(pages + i * PAGE, PAGE, PROT_READ | PROT_WRITE);
	measure(find_chosen("fork-areas"), fork_exit, 1);
	call_munmap(pages, size);
}

/* Reads of the time in a millisecond, by so many processes at once. */
static uint64_t count_reads(uint64_t readers)
{
	struct {
		uint64_t ready, reads;
	} *shared = call_mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t sum;

	for (uint64_t i = 0; i < readers; i++) {
		uint64_t reads = 0, start;

		if (call_fork())
			continue;
		__atomic_fetch_add(&shared->ready, 1, __ATOMIC_SEQ_CST);
		while (READ_ONCE(shared->ready) < readers)
			call_sched_yield();
		for (start = read_ns(); read_ns() < start + 100000000;)
			reads++;
		__atomic_fetch_add(&shared->reads, reads, __ATOMIC_SEQ_CST);
		call_exit_group(0);
	}
	while (call_wait4(-1, NULL, 0, NULL) > 0)
		;
	sum = shared->reads;
	call_munmap(shared, PAGE);
	return sum / 100;
}

/* The most of some slices: what the host's other work left to us. */
static void measure_readers(void)
{
	uint64_t readers = (uint64_t)asked("readers"), most = 0;

	if (!readers)
		return;
	for (int slice = 0; slice < 15; slice++) {
		uint64_t reads = count_reads(readers);

		most = reads > most ? reads : most;
	}
	printf("%-20s %9lu %9lu\n", find_chosen("readers"), most, 0ul);
}

/* ---------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*operation)(int count);
	int times;
} operations[] = {
	{ "empty-call", empty_call, 1000 },
	{ "counter-read", counter_read, 1000 },
	{ "monotonic", monotonic, 1000 },
	{ "realtime", realtime, 1000 },
	{ "monotonic-raw", raw, 1000 },
	{ "boottime", boottime, 1000 },
	{ "tai", tai, 1000 },
	{ "monotonic-coarse", monotonic_coarse, 1000 },
	{ "realtime-coarse", realtime_coarse, 1000 },
	{ "gettimeofday", time_of_day, 1000 },
	{ "time", seconds, 1000 },
	{ "time-stored", seconds_stored, 1000 },
	{ "getcpu", cpu_number, 1000 },
	{ "clock-getres", resolution, 1000 },
	{ "notb", beast, 1000 },
	{ "null-call", null_call, 100 },
	{ "null-int80", null_int80, 100 },
	{ "yield-round-trip", yield_round_trip, 50 },
	{ "pipe-round-trip", pipe_round_trip, 20 },
	{ "fork-exit-wait", fork_exit, 4 },
	{ "fork-exec-wait", fork_exec, 4 },
	{ "vfork-exec-wait", vfork_exec, 4 },
	{ "thread-join", thread_join, 4 },
};

/* The first program of a machine: what the counter shows at its start. */
static void be_process_1(uint64_t start)
{
	int console = (int)call_open("/dev/console", O_WRONLY, 0);

	dprintf(console, "first %lu\n", start);
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		LINUX_REBOOT_CMD_POWER_OFF, NULL);
}

int main(int argc, char **argv)
{
	uint64_t start = read_counter();

	(void)argc;
	if (call_getpid() == 1)
		be_process_1(start);
	chosen = argv + 1;
	write_tiny();
	measure_memory();
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		measure(operations[i].name, operations[i].operation,
			operations[i].times);
	measure_mapping();
	measure_copies();
	measure_wake_up();
	measure_lateness();
	measure_tick("tick", pause_for_ever);
	measure_tick("tick-sleepers", sleep_long);
	measure_areas();
	measure_readers();
	call_unlink(tiny_path);
	return 0;
}
