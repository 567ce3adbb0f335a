/* needs: vgetrandom */
/* tools/run: -deterministic */
/*
 * getrandom() of the vDSO: the state that it keeps in the program's memory, and
 * each way in which that can become wrong. The same file runs on Linux, whose
 * function came with 6.11.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/abi/random.h"
#include "kernel/abi/time.h"
#include "kernel/abi/vgetrandom.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"
#include "user/lib/vdso.h"

#define PAGE       4096
#define KEY_AT     96  /* in a state: here and on Linux */
#define GENERATION 128 /* a word */
#define USED       136 /* a byte, bytes of the batch */
#define BUSY       137 /* a byte */
#define IMAGE_MOST 32768
#define MOST_STEPS 20000

static long (*vdso_getrandom)(void *to, size_t size, unsigned flags,
			      void *state, size_t state_size);
static struct vgetrandom_opaque_params params;
static unsigned char *memory;

static long draw(void *to, size_t size)
{
	return vdso_getrandom(to, size, 0, memory, params.size_of_opaque_state);
}

/* A copy, because memory that may be dropped reads as it likes. */
static uint64_t generation(void)
{
	return *(volatile uint64_t *)(memory + GENERATION);
}

static bool all_zero(const unsigned char *bytes, size_t size)
{
	while (size && !*bytes)
		bytes++, size--;
	return !size;
}

/* ---- What it is asked, and says ---- */

static void test_params(void)
{
	is(vdso_getrandom(NULL, 0, 0, &params, ~0ul), 0, "says what it needs");
	ok(params.size_of_opaque_state > GENERATION &&
		   params.size_of_opaque_state <= PAGE,
	   "size: %u", params.size_of_opaque_state);
	is(params.mmap_prot, PROT_READ | PROT_WRITE, "may be read and written");
	ok((params.mmap_flags & MAP_TYPE) == MAP_DROPPABLE, "may be dropped");
	for (int i = 0; i < 13; i++)
		if (params.reserved[i])
			ok(false, "reserved word %d is 0", i);
	memory = (void *)syscall(SYS_mmap, 0, 2 * PAGE, params.mmap_prot,
				 params.mmap_flags, -1, 0);
	ok((unsigned long)memory < -4095ul, "is mapped");
}

static void test_calls(void)
{
	unsigned char bytes[1000], more[1000];

	for (size_t size = 1; size < sizeof(bytes); size += size / 3 + 1) {
		memset(bytes, 0, sizeof(bytes));
		if (draw(bytes, size) != (long)size || bytes[size] ||
		    (size > 8 && all_zero(bytes, size)))
			ok(false, "%lu bytes, and no more", size);
	}
	is(draw(bytes, 0), 0, "no bytes");
	is(draw(bytes, 1000), 1000, "a thousand bytes");
	draw(more, 1000);
	ok(memcmp(bytes, more, 1000), "never the same");
	ok(generation() != 0, "the state has a generation");
	is(memory[BUSY], 0, "and is not busy");
	is(vdso_getrandom(bytes, 8, ~0u, memory, params.size_of_opaque_state),
	   -EINVAL, "unknown flags");
	is(vdso_getrandom(bytes, 8, 0, memory, 1), 8,
	   "another size of the state: the system call");
	is(vdso_getrandom(bytes, 8, 0, memory + PAGE - 8,
			  params.size_of_opaque_state),
	   -EFAULT, "a state across two pages");
}

/* Bits, bytes and pairs as often as chance says: six deviations. */
static void test_statistics(void)
{
	static unsigned counts[256];
	unsigned char bytes[32];
	long ones = 0, odd = 0;

	for (int i = 0; i < 8192; i++) {
		draw(bytes, sizeof(bytes));
		for (unsigned k = 0; k < sizeof(bytes); k++) {
			counts[bytes[k]]++;
			for (int bit = 0; bit < 8; bit++)
				ones += bytes[k] >> bit & 1;
			odd += bytes[k] == bytes[(k + 1) % sizeof(bytes)];
		}
	}
	long worst = 0;
	for (int i = 0; i < 256; i++) {
		long off = (long)counts[i] - 1024;

		off = off < 0 ? -off : off;
		worst = off > worst ? off : worst;
	}
	ok(ones > 1048576 - 4344 && ones < 1048576 + 4344, "ones: %ld", ones);
	ok(worst < 6 * 32, "each byte 1024 times, but for %ld", worst);
	ok(odd > 1024 - 192 && odd < 1024 + 192, "equal neighbours: %ld", odd);
}

/* A batch and the key behind it are the first two blocks of ChaCha20 (RFC 8439,
 * A.1, vectors 1 and 2): of the key 0, put into the state from outside. */
static void test_vectors(void)
{
	static const unsigned char stream[] = {
		0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d,
		0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28, 0xbd, 0xd2, 0x19, 0xb8,
		0xa0, 0x8d, 0xed, 0x1a, 0xa8, 0x36, 0xef, 0xcc, 0x8b, 0x77,
		0x0d, 0xc7, 0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48, 0x8d,
		0x77, 0x24, 0xe0, 0x3f, 0xb8, 0xd8, 0x4a, 0x37, 0x6a, 0x43,
		0xb8, 0xf4, 0x15, 0x18, 0xa1, 0x1c, 0xc3, 0x87, 0xb6, 0x69,
		0xb2, 0xee, 0x65, 0x86, 0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51,
		0x38, 0x7a, 0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d,
		0xcb, 0x0f, 0x29, 0xa0, 0x48, 0xe3, 0x65, 0x69, 0x12, 0xc6,
		0x53, 0x3e, 0x32, 0xee, 0x7a, 0xed, 0x29, 0xb7, 0x21, 0x76,
		0x9c, 0xe6, 0x4e, 0x43, 0xd5, 0x71, 0x33, 0xb0, 0x74, 0xd8,
		0x39, 0xd5, 0x31, 0xed, 0x1f, 0x28, 0x51, 0x0a, 0xfb, 0x45,
		0xac, 0xe1, 0x0a, 0x1f, 0x4b, 0x79, 0x4d, 0x6f
	};
	unsigned char bytes[KEY_AT];

	draw(bytes, 1);
	memset(memory + KEY_AT, 0, 32);
	memory[USED] = KEY_AT;
	for (int i = 0; i < KEY_AT; i += 32)
		draw(bytes + i, 32);
	ok(!memcmp(bytes, stream, KEY_AT) &&
		   !memcmp(memory + KEY_AT, stream + KEY_AT, 32),
	   "is ChaCha20: the vectors of RFC 8439");
}

#define STACK 2048 /* bytes below that are searched */

/* Are four bytes of the state, from `at` to `end`, among those bytes? */
static bool found(const unsigned char *in, size_t size, size_t at, size_t end)
{
	for (; at < end; at += 4)
		for (size_t i = 0; i + 4 <= size; i++)
			if (!memcmp(in + i, memory + at, 4))
				return true;
	return false;
}

static unsigned char registers[16 * 16], below[STACK];

/* What a call that made a new batch left behind: neither the key nor bytes to
 * come are in the SSE registers or on the stack. */
static void test_nothing_is_left(void)
{
	unsigned char byte, *stack = __builtin_frame_address(0);

	memory[USED] = KEY_AT;
	draw(&byte, 1);
	asm volatile("movdqu %%xmm0, (%0); movdqu %%xmm1, 16(%0);"
		     "movdqu %%xmm2, 32(%0); movdqu %%xmm3, 48(%0);"
		     "movdqu %%xmm4, 64(%0); movdqu %%xmm5, 80(%0);"
		     "movdqu %%xmm6, 96(%0); movdqu %%xmm7, 112(%0);"
		     "movdqu %%xmm8, 128(%0); movdqu %%xmm9, 144(%0);"
		     "movdqu %%xmm10, 160(%0); movdqu %%xmm11, 176(%0);"
		     "movdqu %%xmm12, 192(%0); movdqu %%xmm13, 208(%0);"
		     "movdqu %%xmm14, 224(%0); movdqu %%xmm15, 240(%0)"
		     :
		     : "r"(registers)
		     : "memory");
	for (int i = 0; i < STACK; i++)
		below[i] = ((volatile unsigned char *)stack)[i - STACK];
	ok(!found(registers, sizeof(registers), 8, KEY_AT + 32),
	   "no key in a register");
	ok(!found(below, STACK, 8, KEY_AT + 32), "no key on the stack");
}

/* The key is not the one before, and given bytes are wiped. */
static void test_no_way_back(void)
{
	unsigned char before[32], after[32], bytes[96];

	memcpy(before, memory + KEY_AT, 32);
	draw(bytes, 96);
	draw(bytes, 96);
	memcpy(after, memory + KEY_AT, 32);
	ok(memcmp(before, after, 32), "the key has changed");
	ok(all_zero(memory, memory[USED]), "bytes that were given are wiped");
}

/* ---- Wiped, dropped, seeded anew, interrupted ---- */

static int fork_child(void *pipe)
{
	unsigned char bytes[64];

	if (generation() || !all_zero(memory, params.size_of_opaque_state))
		return 1; /* the state must be empty */
	if (draw(bytes, sizeof(bytes)) != sizeof(bytes))
		return 2;
	return syscall(SYS_write, ((int *)pipe)[1], bytes, 64) != 64;
}

static void test_fork(void)
{
	unsigned char mine[64], others[64];
	int pipe[2], same = 0;

	syscall(SYS_pipe2, pipe, 0);
	for (int i = 0; i < 20; i++) {
		is(in_child(fork_child, pipe), 0, "a child starts anew");
		draw(mine, 64);
		syscall(SYS_read, pipe[0], others, 64);
		same += !memcmp(mine, others, 64);
		for (int k = 0; k < 64; k += 8)
			same += !memcmp(mine + k, others, 8);
	}
	is(same, 0, "parent and child never have the same bytes");
}

static unsigned long image;
static volatile int steps, stop_at;
static void (*volatile interrupt)(void);

static void on_step(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info;
	if ((unsigned long)context->uc_mcontext.rip - image < IMAGE_MOST &&
	    steps++ == stop_at) {
		interrupt();
		context->uc_mcontext.eflags &= ~0x100ul; /* no more steps */
	}
}

#define TRAP_FLAG(operation)                                          \
	asm volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\t" operation \
		     "\n\tpopfq\n\tlea 128(%%rsp), %%rsp"             \
		     :                                                \
		     :                                                \
		     : "memory", "cc")

/* What the interruption and the call it interrupts have got. */
static unsigned char inner[48], outer[120];
static int fork_status, fork_pipe[2];

static void draw_too(void)
{
	draw(inner, sizeof(inner));
}

static void drop(void)
{
	syscall(SYS_madvise, memory, PAGE, MADV_DONTNEED);
}

/* A fork in the middle: the child goes on with the call and tells its bytes. */
static void fork_here(void)
{
	fork_status = call_fork();
}

/* Is some group of 8 bytes of `a` in `b`, too? */
static bool in_common(const unsigned char *a, const unsigned char *b,
		      size_t size_a, size_t size_b)
{
	for (size_t i = 0; i + 8 <= size_a; i += 8)
		for (size_t k = 0; k + 8 <= size_b; k++)
			if (!memcmp(a + i, b + k, 8))
				return true;
	return false;
}

static long stepped(size_t size)
{
	long result;

	steps = 0;
	memset(outer, 0, sizeof(outer));
	TRAP_FLAG("orq $0x100, (%%rsp)");
	result = draw(outer, size);
	TRAP_FLAG("andq $~0x100, (%%rsp)");
	return result;
}

/* One call, from a state that holds 88 bytes (`fresh`: none, and no key), with
 * an interruption behind instruction `at` of it. Returns how many there were. */
static int interrupted_at(int at, bool fresh)
{
	unsigned char some[8];

	syscall(SYS_madvise, memory, PAGE, MADV_DONTNEED);
	if (!fresh)
		draw(some, 8);
	memset(inner, 0, sizeof(inner));
	stop_at = at;
	if (stepped(sizeof(outer)) != sizeof(outer))
		return -1;
	return steps;
}

static void test_interrupted(const char *name, void (*what)(void), bool fresh,
			     int stride)
{
	unsigned char later[64];
	int bad = 0, most = interrupted_at(-1, fresh);

	interrupt = what;
	for (int at = 0; at < most; at += stride) {
		bad += interrupted_at(at, fresh) < 0;
		draw(later, sizeof(later));
		bad += all_zero(outer + sizeof(outer) - 8, 8) ||
		       all_zero(later, 64) ||
		       (what == draw_too &&
			(in_common(inner, outer, 48, sizeof(outer)) ||
			 in_common(inner, later, 48, 64))) ||
		       in_common(later, outer, 64, sizeof(outer)) ||
		       memory[BUSY];
	}
	ok(most > 100 && most < MOST_STEPS, "%s: %d instructions", name, most);
	is(bad, 0, "%s, after %s: all bytes are new", name,
	   stride == 1 ? "each" : "many of them");
}

/* Behind the last look at the generation the bytes are the call's, and the
 * child has a copy of them as of all memory. */
#define END 60

static void test_forked(void)
{
	unsigned char theirs[sizeof(outer)];
	int bad = 0, most = interrupted_at(-1, false), status;

	syscall(SYS_pipe2, fork_pipe, 0);
	interrupt = fork_here;
	for (int at = 0; at < most - END; at += 13) {
		fork_status = -1;
		interrupted_at(at, false);
		if (!fork_status) {
			syscall(SYS_write, fork_pipe[1], outer, sizeof(outer));
			call_exit_group(0);
		}
		syscall(SYS_wait4, fork_status, &status, 0, NULL);
		syscall(SYS_read, fork_pipe[0], theirs, sizeof(outer));
		bad += in_common(theirs, outer, sizeof(outer), sizeof(outer));
	}
	is(bad, 0, "a fork in the middle: the child's bytes are its own");
}

static void test_signals(void)
{
	signal_set(SIGTRAP, on_step, 0);
	test_interrupted("a call in a signal handler", draw_too, false,
			 on_colonel() ? 1 : 9);
	test_interrupted("the same before there is a key", draw_too, true, 17);
	test_interrupted("dropped", drop, false, 5);
	test_forked();
}

static void test_seeded_anew(void)
{
	struct timespec minute = { 61, 0 };
	unsigned char bytes[8];
	uint64_t before;

	if (!on_colonel()) {
		skip("it would take a minute",
		     "a new seed ends the generation");
		return;
	}
	draw(bytes, 8);
	before = generation();
	syscall(SYS_nanosleep, &minute, NULL);
	is(generation(), (long)before, "a minute later it is still old");
	draw(bytes, 8);
	ok(generation() > before, "a new seed ends the generation");
}

/* A child takes all memory: the state goes first, and nobody is killed for it
 * that has less. */
static int eat_memory(void *unused)
{
	(void)unused;
	for (;;) {
		char *more = (char *)syscall(SYS_mmap, 0, 1 << 20,
					     PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1,
					     0);

		if ((unsigned long)more >= -4095ul)
			return 0;
		for (int i = 0; i < 1 << 20; i += PAGE)
			more[i] = 1;
	}
}

static void test_low_memory(void)
{
	unsigned char bytes[8];

	if (!on_colonel()) {
		skip("the host needs its memory",
		     "dropped when memory is full");
		return;
	}
	draw(bytes, 8);
	in_child(eat_memory, NULL);
	is(generation(), 0, "dropped when memory is full");
	is(draw(bytes, 8), 8, "and had again");
	ok(generation() != 0, "with a new key");
}

/* ---- What it costs ---- */

static uint64_t counter(void)
{
	return __builtin_ia32_rdtsc();
}

static uint64_t cost(size_t size, bool call)
{
	unsigned char bytes[256];
	uint64_t start = counter();

	for (int i = 0; i < 300; i++)
		if (call)
			syscall(SYS_getrandom, bytes, size, 0);
		else
			draw(bytes, size);
	return (counter() - start) / 300;
}

static void test_cost(void)
{
	for (size_t size = 4; size <= 256; size *= 8) {
		uint64_t call = cost(size, true), mine = cost(size, false);

		diag("%lu bytes: %lu ticks, system call %lu: %lu per mille",
		     size, mine, call, 1000 * mine / call);
	}
	diag("256 bytes: system call %lu", cost(256, true));
}

int main(void)
{
	image = getauxval(AT_SYSINFO_EHDR);
	if (image)
		vdso_getrandom = vdso_symbol((void *)image, "__vdso_getrandom",
					     "LINUX_2.6");
	if (!vdso_getrandom) {
		skip("this vDSO has none", "getrandom");
		return tap_done();
	}
	test_params();
	test_calls();
	test_statistics();
	test_vectors();
	test_nothing_is_left();
	test_no_way_back();
	test_fork();
	test_signals();
	test_seeded_anew();
	test_low_memory();
	test_cost();
	return tap_done();
}
