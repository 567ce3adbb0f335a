/*
 * A process's memory: brk, mmap, munmap, mprotect, page rights, copy on write,
 * and that new memory is zero.
 */
/* needs: memory */
#include "kernel/abi/errno.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define PAGE     4096ul
#define RW       (PROT_READ | PROT_WRITE)
#define ANON     (MAP_PRIVATE | MAP_ANONYMOUS)
#define USER_END 0x7ffffffff000 /* the first address that no page can have */

static char *map(size_t len, int prot)
{
	return call_mmap(NULL, len, prot, ANON, -1, 0);
}

static long map_at(uint64_t addr, size_t len, int flags)
{
	return (long)call_mmap((void *)addr, len, RW, ANON | flags, -1, 0);
}

static bool is_zero(const char *mem, size_t len)
{
	const uint64_t *word = (const uint64_t *)mem;

	for (size_t i = 0; i < len / 8; i++)
		if (word[i])
			return false;
	return true;
}

/* ---- What a child may do with an address --------------------------------- */

static int read_byte(void *addr)
{
	return *(volatile unsigned char *)addr;
}

static int write_byte(void *addr)
{
	*(volatile unsigned char *)addr = 7;
	return *(volatile unsigned char *)addr;
}

static int call(void *addr)
{
	return ((int (*)(void))addr)();
}

static void reads(const void *addr, int value, const char *what)
{
	child_exits(read_byte, (void *)addr, value, "%s can be read", what);
}

static void writes(const void *addr, const char *what)
{
	child_exits(write_byte, (void *)addr, 7, "%s can be written", what);
}

static void no_read(const void *addr, const char *what)
{
	child_dies(read_byte, (void *)addr, SIGSEGV, "%s cannot be read", what);
}

static void no_write(const void *addr, const char *what)
{
	child_dies(write_byte, (void *)addr, SIGSEGV, "%s cannot be written",
		   what);
}

static void no_exec(const void *addr, const char *what)
{
	child_dies(call, (void *)addr, SIGSEGV, "%s cannot be executed", what);
}

/* ---- brk ----------------------------------------------------------------- */

static void test_brk(void)
{
	long start = call_brk(NULL);
	char *heap = (char *)start;

	ok(start > 0, "brk(0) is the end of the heap");
	is(call_brk(heap + 3 * PAGE), start + 3 * PAGE, "brk grows");
	ok(is_zero(heap, 3 * PAGE), "by zeros");
	memset(heap, 1, 3 * PAGE);
	is(call_brk(heap + 1), start + 1, "brk shrinks to any byte");
	is(*heap, 1, "what is below stays");
	no_read(heap + 2 * PAGE, "a heap page given back");
	call_brk(heap + 3 * PAGE);
	ok(is_zero(heap + PAGE, 2 * PAGE), "a heap that grows again is zero");

	char *end = heap + 3 * PAGE;

	is(call_brk((char *)-1), (long)end, "brk(-1) changes nothing");
	is(call_brk((char *)-4096), (long)end, "brk(-4096) neither");
	is(call_brk((char *)0xffffffff80000000), (long)end,
	   "nor brk into the kernel");
	is(call_brk((char *)0x800000000000), (long)end,
	   "nor to an address that is none");
	is(call_brk((char *)USER_END), (long)end, "nor over the stack");
	is(call_brk((char *)PAGE), (long)end, "nor below the heap's start");
	is(call_brk((char *)0x400000), (long)end, "nor into the program");
	writes(end - 1, "the heap, all the time,");

	long wall = map_at((start + 16 * PAGE) & -PAGE, PAGE, MAP_FIXED);

	ok(wall > 0, "a mapping in the heap's way");
	is(call_brk(heap + 64 * PAGE), (long)end, "brk does not grow over it");
	call_munmap((void *)wall, PAGE);
	is(call_brk(heap + 64 * PAGE), start + 64 * PAGE,
	   "it does when the mapping is gone");
	is(call_brk(heap), start, "and back");
}

/* ---- mmap ---------------------------------------------------------------- */

static void test_mmap(void)
{
	char *mem = map(3 * PAGE + 1, RW);

	ok(!is_error(mem) && (uintptr_t)mem % PAGE == 0, "mmap");
	ok(is_zero(mem, 4 * PAGE), "gives zeros, up to the page's end");
	writes(mem + 4 * PAGE - 1, "the last byte of the last page");

	char *other = map(PAGE, RW);

	ok(other + PAGE <= mem || other >= mem + 4 * PAGE,
	   "a second mapping lies elsewhere");
	call_munmap(other, PAGE);
	is(map_at((uintptr_t)other, PAGE, 0), (long)other,
	   "a free address that is asked for is given");
	ok(map_at((uintptr_t)other, PAGE, 0) != (long)other,
	   "one that is taken is not");
	is(map_at((uintptr_t)other, PAGE, MAP_FIXED_NOREPLACE), -EEXIST,
	   "MAP_FIXED_NOREPLACE refuses it");
	*other = 5;
	is(map_at((uintptr_t)other, PAGE, MAP_FIXED), (long)other,
	   "MAP_FIXED replaces");
	is(*other, 0, "by zeros");
	ok(map_at((uintptr_t)other + 123, PAGE, 0) > 0,
	   "a hint need not be aligned");
	is(map_at((uintptr_t)other + 123, PAGE, MAP_FIXED), -EINVAL,
	   "MAP_FIXED must");
	call_munmap(mem, 4 * PAGE);
}

static void test_mmap_errors(void)
{
	is(map_at(0, 0, 0), -EINVAL, "length 0");
	is(map_at(0, 1ul << 63, 0), -ENOMEM, "length 2^63");
	is(map_at(0, -1ul, 0), -ENOMEM, "length 2^64 - 1");
	is(map_at(0, USER_END + PAGE, 0), -ENOMEM, "more than there is");
	is((long)call_mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), -EINVAL,
	   "neither private nor shared");
	is((long)call_mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0), -EBADF,
	   "no file");
	is((long)call_mmap(NULL, PAGE, RW, MAP_PRIVATE, 99, 0), -EBADF,
	   "a descriptor that is not open");
	is((long)call_mmap(NULL, PAGE, RW, ANON, -1, 1), -EINVAL,
	   "an offset that is not aligned");

	static const uint64_t outside[] = {
		0xffff800000000000, 0xffffffff80000000, 0x800000000000,
		0x4000000000000000, (uint64_t)-4096,    USER_END,
	};

	for (unsigned i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		is(map_at(outside[i], PAGE, MAP_FIXED), -ENOMEM,
		   "MAP_FIXED at %#lx", outside[i]);
		long mem = map_at(outside[i], PAGE, 0);

		ok(mem > 0 && mem < (long)USER_END, "as a hint it is ignored");
		call_munmap((void *)mem, PAGE);
	}
	is(map_at(USER_END - PAGE, 2 * PAGE, MAP_FIXED), -ENOMEM,
	   "MAP_FIXED over the end of the user's half");
	is(map_at((uint64_t)-4096, 2 * PAGE, MAP_FIXED), -ENOMEM,
	   "MAP_FIXED over the end of all addresses");
}

static void test_page_zero(void)
{
	long mem = map_at(0, PAGE, MAP_FIXED);

	if (mem == 0 && !on_colonel()) {
		call_munmap(NULL, PAGE);
		skip("Linux lets root map it", "page 0 cannot be mapped");
	} else {
		is(mem, -EPERM, "page 0 cannot be mapped");
	}
	ok(map_at(PAGE, PAGE, 0) >= 0x1000, "nor is it ever given");
	no_read(NULL, "page 0");
	no_write(NULL, "page 0");
	no_exec(NULL, "page 0");
}

static void test_big_mappings(void)
{
	size_t len = 512ul << 20;
	char *mem = call_mmap(NULL, len, PROT_NONE, ANON | MAP_NORESERVE, -1,
			      0);

	ok(!is_error(mem), "512 MiB of addresses");
	is(call_mprotect(mem + len / 2, PAGE, RW), 0, "a page of it");
	writes(mem + len / 2, "the page in the middle");
	no_read(mem + len / 2 - 1, "the byte before it");
	no_read(mem + len / 2 + PAGE, "the byte behind it");
	is(call_munmap(mem, len), 0, "all given back at once");
	no_read(mem + len / 2, "the page");
}

/* ---- Rights -------------------------------------------------------------- */

static const int read_only = 3;
static int initialised = 4;
static char in_bss[2 * PAGE];

static const unsigned char return_42[] = {
	0xb8, 0x2a, 0x00, 0x00, 0x00, 0xc3, /* mov eax, 42; ret */
};

static void test_program_rights(void)
{
	char on_stack[16];

	memcpy(on_stack, return_42, sizeof(return_42));
	memcpy(in_bss, return_42, sizeof(return_42));
	no_write(&read_only, "read-only data");
	no_write((void *)test_program_rights, "code");
	reads((void *)&read_only, 3, "read-only data");
	writes(&initialised, "initialised data");
	no_exec(&read_only, "read-only data");
	no_exec(&initialised, "initialised data");
	no_exec(in_bss, "zeroed data");
	no_exec(on_stack, "the stack");

	char *heap = (char *)call_brk(NULL);

	call_brk(heap + PAGE);
	memcpy(heap, return_42, sizeof(return_42));
	no_exec(heap, "the heap");
	call_brk(heap);
}

static void test_rights(void)
{
	char *mem = map(PAGE, RW);

	memcpy(mem, return_42, sizeof(return_42));
	no_exec(mem, "a PROT_READ | PROT_WRITE page");
	is(call_mprotect(mem, PAGE, PROT_READ), 0, "mprotect PROT_READ");
	reads(mem, 0xb8, "it");
	no_write(mem, "it");
	no_exec(mem, "it");
	is(call_mprotect(mem, PAGE, PROT_NONE), 0, "mprotect PROT_NONE");
	no_read(mem, "it");
	no_write(mem, "it");
	no_exec(mem, "it");
	is(call_mprotect(mem, PAGE, PROT_READ | PROT_EXEC), 0,
	   "mprotect PROT_READ | PROT_EXEC");
	child_exits(call, mem, 42, "it can be executed");
	no_write(mem, "it");
	is(call_mprotect(mem, PAGE, RW), 0, "mprotect back");
	writes(mem, "it");
	is((unsigned char)*mem, 0xb8, "the data has survived all that");
	call_munmap(mem, PAGE);

	mem = map(PAGE, PROT_NONE);
	no_read(mem, "a page mapped PROT_NONE");
	is(call_mprotect(mem, PAGE, RW), 0, "made writable later");
	writes(mem, "it");
	call_munmap(mem, PAGE);

	mem = map(PAGE, PROT_READ);
	reads(mem, 0, "a page mapped PROT_READ");
	no_write(mem, "it");
	call_mprotect(mem, PAGE, RW);
	*mem = 9;
	is(*mem, 9, "once writable, it is written");
	call_munmap(mem, PAGE);
}

static void test_mprotect_ranges(void)
{
	char *mem = map(5 * PAGE, RW);

	memset(mem, 1, 5 * PAGE);
	is(call_mprotect(mem + PAGE, PAGE, PROT_READ), 0, "mprotect page 1");
	is(call_mprotect(mem + 3 * PAGE, PAGE, PROT_NONE), 0,
	   "mprotect page 3");
	writes(mem, "page 0");
	no_write(mem + PAGE, "page 1");
	writes(mem + 2 * PAGE, "page 2");
	no_read(mem + 3 * PAGE, "page 3");
	writes(mem + 4 * PAGE, "page 4");
	is(call_mprotect(mem, 5 * PAGE, RW), 0, "mprotect over all");
	writes(mem + 3 * PAGE, "page 3");

	is(call_mprotect(mem, 0, PROT_READ), 0, "length 0 does nothing");
	writes(mem, "page 0");
	is(call_mprotect(mem + 1, PAGE, PROT_READ), -EINVAL,
	   "an address that is not aligned");
	is(call_mprotect(mem, PAGE, 0x10), -EINVAL, "unknown rights");
	is(call_mprotect(mem, -PAGE, PROT_READ), -ENOMEM,
	   "a length that wraps");
	is(call_mprotect((void *)0xffffffff80000000, PAGE, RW), -ENOMEM,
	   "the kernel's memory");
	call_munmap(mem + 2 * PAGE, PAGE);
	is(call_mprotect(mem, 5 * PAGE, PROT_READ), -ENOMEM,
	   "a range with a hole");
	is(call_mprotect(mem + 2 * PAGE, PAGE, PROT_READ), -ENOMEM, "a hole");
	call_munmap(mem, 5 * PAGE);
}

/* ---- munmap -------------------------------------------------------------- */

static void test_munmap(void)
{
	char *mem = map(4 * PAGE, RW);

	memset(mem, 1, 4 * PAGE);
	is(call_munmap(mem + PAGE, 1), 0, "munmap of one byte takes its page");
	reads(mem, 1, "page 0");
	no_read(mem + PAGE, "page 1");
	reads(mem + 2 * PAGE, 1, "page 2");
	is(call_munmap(mem + PAGE, PAGE), 0, "munmap of a hole");
	is(call_munmap(mem, 4 * PAGE), 0, "munmap over a hole");
	no_read(mem, "page 0");
	no_read(mem + 3 * PAGE, "page 3");
	is(call_munmap(mem + 1, PAGE), -EINVAL,
	   "an address that is not aligned");
	is(call_munmap(mem, 0), -EINVAL, "length 0");
	is(call_munmap((void *)0xffffffff80000000, PAGE), -EINVAL,
	   "the kernel's memory");
	is(call_munmap((void *)(USER_END - PAGE), 2 * PAGE), -EINVAL,
	   "over the end of the user's half");
	is(call_munmap(mem, -PAGE), -EINVAL, "a length that wraps");

	char *again = map(4 * PAGE, RW);

	ok(is_zero(again, 4 * PAGE), "what is mapped next is zero");
	call_munmap(again, 4 * PAGE);
}

static void test_many_areas(void)
{
	char *mem = map(1000 * PAGE, RW);
	int failed = 0;

	for (int i = 0; i < 1000; i += 2)
		failed |= call_mprotect(mem + i * PAGE, PAGE, PROT_READ) != 0;
	is(failed, 0, "500 areas of their own rights");
	for (int i = 1; i < 1000; i += 2)
		mem[i * PAGE] = 1;
	no_write(mem + 998 * PAGE, "an even page");
	is(call_munmap(mem, 1000 * PAGE), 0, "given back at once");
}

/* ---- Zero pages ---------------------------------------------------------- */

static void test_left_over_data(void)
{
	size_t len = 512 * PAGE;
	char *mem = map(len, RW);
	bool zero = true;

	memset(mem, 0xa5, len);
	call_munmap(mem, len);
	for (int round = 0; round < 4; round++) {
		mem = map(len, RW);
		zero = zero && is_zero(mem, len);
		memset(mem, 0xa5, len);
		call_munmap(mem, len);
	}
	ok(zero, "pages that others wrote come back as zeros");

	char *heap = (char *)call_brk(NULL);

	call_brk(heap + len);
	ok(is_zero(heap, len), "on the heap too");
	call_brk(heap);
	ok(is_zero(in_bss + PAGE, PAGE), "and in .bss");
}

/* The pages below the stack that nobody has used yet. */
static int look_below_stack(void *unused)
{
	const char *here = __builtin_frame_address(0);
	const char *low =
		(const char *)(((uintptr_t)here & -PAGE) - 200 * PAGE);

	(void)unused;
	return is_zero(low, 128 * PAGE) ? 0 : 1;
}

/* ---- The stack ----------------------------------------------------------- */

static int recurse(long depth)
{
	char frame[PAGE];
	int below = 0;

	/* The compiler must keep each call's frame until it is back. */
	asm volatile("" : : "r"(frame) : "memory");
	if (depth)
		below = 1 + recurse(depth - 1);
	asm volatile("" : : "r"(frame) : "memory");
	return below;
}

static int use_stack(void *pages)
{
	return recurse((long)pages) == (long)pages ? 0 : 1;
}

static void test_stack(void)
{
	child_exits(look_below_stack, NULL, 0, "new stack pages are zero");
	child_exits(use_stack, (void *)1000, 0, "a stack of 4 MiB");
	child_dies(use_stack, (void *)100000, SIGSEGV,
		   "a stack of 400 MiB is too much");
}

/* ---- Copy on write ------------------------------------------------------- */

#define COW_PAGES 64

/* Each generation changes every third page; its parent sees nothing of it. */
static int generation(void *arg)
{
	unsigned char *mem = ((unsigned char **)arg)[0];
	long depth = (long)((void **)arg)[1];
	void *next[] = { mem, (void *)(depth - 1) };
	unsigned char expected[COW_PAGES];

	for (int i = 0; i < COW_PAGES; i++) {
		if ((i + depth) % 3 == 0)
			mem[i * PAGE + i] = depth + 100;
		expected[i] = mem[i * PAGE + i];
	}
	if (depth > 0 && in_child(generation, next) != EXITED(0))
		return 1;
	for (int i = 0; i < COW_PAGES; i++)
		if (mem[i * PAGE + i] != expected[i])
			return 2;
	return 0;
}

static void test_copy_on_write(void)
{
	unsigned char *mem = (unsigned char *)map(COW_PAGES * PAGE, RW);
	void *arg[] = { mem, (void *)8 };

	for (int i = 0; i < COW_PAGES; i++)
		memset(mem + i * PAGE, i, PAGE);
	child_exits(generation, arg, 0,
		    "eight generations write to shared pages");

	bool same = true;

	for (unsigned i = 0; i < COW_PAGES * PAGE; i++)
		same = same && mem[i] == i / PAGE;
	ok(same, "and the first one's memory is as it was");

	/* A page that was never touched must not be shared by accident. */
	char *fresh = map(PAGE, RW);

	writes(fresh, "a page untouched before fork");
	is(*fresh, 0, "which stays zero in the parent");
	call_munmap(fresh, PAGE);
	call_munmap(mem, COW_PAGES * PAGE);
}

/* The kernel's own writes must copy as well. */
static int read_into(void *mem)
{
	int fds[2];

	call_pipe2(fds, 0);
	call_write(fds[1], "x", 1);
	call_read(fds[0], mem, 1);
	return *(char *)mem;
}

static void test_kernel_copies_on_write(void)
{
	char *mem = map(PAGE, RW);

	*mem = 'o';
	child_exits(read_into, mem, 'x', "read(2) into a shared page");
	is(*mem, 'o', "does not reach the parent");
	call_munmap(mem, PAGE);
}

static void test_shared(void)
{
	char *mem = call_mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1,
			      0);

	if (!ok(!is_error(mem), "an anonymous shared mapping"))
		return;
	writes(mem, "it");
	is(*mem, 7, "by a child, for its parent");
	call_munmap(mem, PAGE);
}

int main(void)
{
	test_brk();
	test_mmap();
	test_mmap_errors();
	test_page_zero();
	test_big_mappings();
	test_program_rights();
	test_rights();
	test_mprotect_ranges();
	test_munmap();
	test_many_areas();
	test_left_over_data();
	test_stack();
	test_copy_on_write();
	test_kernel_copies_on_write();
	test_shared();
	return tap_done();
}
