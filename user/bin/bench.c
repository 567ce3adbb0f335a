/*
 * What the kernel's operations cost: one line each, "name instructions ns".
 * Instructions are those of the time-stamp counter, so they are true where a
 * tick of it is an instruction (QEMU's -icount shift=0) and cycles elsewhere.
 * Each figure is the median of some rounds. Runs on Linux too.
 *
 *	bench [NAME]...
 */
#include "user/lib/printf.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/vsyscall.h"

#define ROUNDS 31
#define PAGE   4096ul
#define PAGES  64

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
	sys_wait4((int)pid, NULL, 0, NULL);
}

/* ---- Operations: each does its thing `count` times ----------------------------- */

static void null_call(int count)
{
	while (count--)
		sys_getppid();
}

static void fork_exit(int count)
{
	while (count--) {
		long pid = sys_fork();

		if (pid == 0)
			sys_exit_group(0);
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
	int fd = (int)sys_open(tiny_path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	sys_write(fd, &tiny, sizeof(tiny));
	sys_close(fd);
}

static void fork_exec(int count)
{
	while (count--) {
		long pid = sys_fork();

		if (pid == 0) {
			sys_execve(tiny_path, tiny_argv, NULL);
			sys_exit_group(1);
		}
		wait_for(pid);
	}
}

static void vfork_exec(int count)
{
	while (count--) {
		long pid = syscall(SYS_vfork);

		if (pid == 0) {
			sys_execve(tiny_path, tiny_argv, NULL);
			sys_exit_group(1);
		}
		wait_for(pid);
	}
}

/* A byte to the child and back. */
static void pipe_round_trip(int count)
{
	static int to[2] = { -1, -1 }, from[2];
	char byte = 0;

	if (to[0] < 0) {
		sys_pipe2(to, 0);
		sys_pipe2(from, 0);
		if (sys_fork() == 0) {
			sys_close(to[1]);
			while (sys_read(to[0], &byte, 1) == 1)
				sys_write(from[1], &byte, 1);
			sys_exit_group(0);
		}
		sys_close(to[0]);
		to[0] = 0;
	}
	while (count--) {
		sys_write(to[1], &byte, 1);
		sys_read(from[0], &byte, 1);
	}
}

/* To another process that does nothing else, and back. */
static void yield_round_trip(int count)
{
	static long pid;

	if (!pid) {
		pid = sys_fork();
		while (pid == 0)
			sys_sched_yield();
	}
	if (!count) {
		sys_kill((int)pid, SIGKILL);
		wait_for(pid);
	}
	while (count-- > 0)
		sys_sched_yield();
}

static char *map(void)
{
	return sys_mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
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

static void add_round(struct rounds *rounds, struct figure from,
		      struct figure to, int times)
{
	insert(rounds->cycles, rounds->count,
	       (to.cycles - from.cycles) / (uint64_t)times);
	insert(rounds->ns, rounds->count, (to.ns - from.ns) / (uint64_t)times);
	rounds->count++;
}

static void show(const char *name, const struct rounds *rounds)
{
	printf("%-20s %9lu %9lu\n", name, rounds->cycles[ROUNDS / 2],
	       rounds->ns[ROUNDS / 2]);
}

static int is_chosen(const char *name)
{
	char **choice = chosen;

	while (*choice && strcmp(*choice, name))
		choice++;
	return !*chosen || *choice;
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
		sys_munmap(pages, PAGES * PAGE);
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

	sys_pipe2(hold, 0);
	pid = sys_fork();
	if (pid == 0) {
		sys_close(hold[1]);
		sys_read(hold[0], &byte, 1);
		sys_exit_group(0);
	}
	sys_close(hold[0]);
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
		sys_close(let_go);
		wait_for(pid);
		sys_munmap(pages, PAGES * PAGE);
	}
	show("copy-on-write", &copies);
}

int main(int argc, char **argv)
{
	(void)argc;
	chosen = argv + 1;
	measure("null-call", null_call, 100);
	measure("yield-round-trip", yield_round_trip, 50);
	yield_round_trip(0);
	measure("pipe-round-trip", pipe_round_trip, 20);
	measure("fork-exit-wait", fork_exit, 4);
	write_tiny();
	measure("fork-exec-wait", fork_exec, 4);
	measure("vfork-exec-wait", vfork_exec, 4);
	measure_mapping();
	measure_copies();
	sys_unlink(tiny_path);
	return 0;
}
