/* needs: threads */
/*
 * Two CPUs at one thing: registers over switches, memory that one takes away
 * while the other uses it, arguments that change while a call reads them,
 * copy-on-write from both sides, SIGKILL at any moment.
 *
 *	races [TIMES]		so many times as much
 *
 * tools/run: -smp 2 */
/* needs: threads */
#include "kernel/abi/errno.h"
#include "tests/guest/random.h"
#include "tests/guest/thread.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define PAGE   4096ul
#define PAGES  24
#define VECTOR 32 /* bytes of a ymm register */

static long times = 1;

static char *map(void *place, size_t size, int flags)
{
	return call_mmap(place, size, PROT_READ | PROT_WRITE,
			 MAP_ANONYMOUS | flags, -1, 0);
}

/* ---- Registers (A15) -------------------------------------------------------------- */

/* AVX, and turned on by the kernel (SDM 1 14.3). */
static bool has_avx(void)
{
	uint32_t eax = 1, ebx, ecx, edx;

	asm("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	if ((ecx >> 27 & 3) != 3)
		return false;
	asm("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
	return (eax & 6) == 6;
}

#define EACH_VECTOR(move)                                                    \
	move(0) move(1) move(2) move(3) move(4) move(5) move(6) move(7)      \
		move(8) move(9) move(10) move(11) move(12) move(13) move(14) \
			move(15)
#define LOAD_YMM(n)  "vmovdqu 32*" #n "(%[in]), %%ymm" #n "\n"
#define STORE_YMM(n) "vmovdqu %%ymm" #n ", 32*" #n "(%[out])\n"
#define LOAD_XMM(n)  "movdqu 32*" #n "(%[in]), %%xmm" #n "\n"
#define STORE_XMM(n) "movdqu %%xmm" #n ", 32*" #n "(%[out])\n"
/* Away from the CPU and back, and some time for the tick to do it. */
#define YIELDS                               \
	"1: mov %[yield], %%eax\n syscall\n" \
	"mov $2000, %%eax\n 2: dec %%eax\n jnz 2b\n dec %%ebx\n jnz 1b\n"
#define HOLD(load, store)                                                      \
	asm volatile(                                                          \
		EACH_VECTOR(load) "mov $20, %%ebx\n" YIELDS EACH_VECTOR(store) \
		:                                                              \
		: [in] "r"(in), [out] "r"(out), [yield] "i"(SYS_sched_yield)   \
		: "rax", "rbx", "rcx", "r11", "cc", "memory", "xmm0", "xmm1",  \
		  "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",      \
		  "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",         \
		  "xmm15")

/* Its own pattern in each register, and nobody else's comes back. */
static int hold_registers(void *number)
{
	uint8_t in[16 * VECTOR], out[16 * VECTOR];
	bool avx = has_avx();
	uint32_t mxcsr = 0x1f80 | ((long)number & 3) << 13, seen;

	for (long round = 0; round < 15 * times; round++) {
		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = (uint8_t)((long)number * 41 + round + i);
		memset(out, 0, sizeof(out));
		asm volatile("ldmxcsr %0" : : "m"(mxcsr));
		if (avx)
			HOLD(LOAD_YMM, STORE_YMM);
		else
			HOLD(LOAD_XMM, STORE_XMM);
		asm volatile("stmxcsr %0" : "=m"(seen));
		for (size_t i = 0; i < sizeof(in); i++)
			if ((avx || i % VECTOR < 16) && in[i] != out[i])
				return 1;
		if (seen != mxcsr)
			return 2;
	}
	return 0;
}

static int children(int (*function)(void *arg), int count)
{
	int good = 0, status;

	for (long i = 0; i < count; i++)
		if (call_fork() == 0)
			call_exit_group(function((void *)i));
	for (int i = 0; i < count; i++)
		good += call_wait4(-1, &status, 0, NULL) > 0 && status == 0;
	return good;
}

/* ---- One CPU uses what the other takes away ----------------------------------------- */

static bool stop;
static volatile uint64_t *shared;

/* It writes for ever; where it may not, it tries again. */
static void write_shared(void *arg)
{
	(void)arg;
	for (uint64_t n = 1; !__atomic_load_n(&stop, __ATOMIC_RELAXED); n++)
		*shared = n;
}

static void try_again(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
}

static void with_other(void (*function)(void *arg), void (*test)(void))
{
	static struct thread thread;

	stop = false;
	thread_start(&thread, function, NULL);
	test();
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	thread_join(&thread);
}

/* Does the word stay as it is while the other CPU would change it? */
static bool stays(volatile uint64_t *word)
{
	uint64_t value = *word;

	for (int i = 0; i < 3000; i++)
		if (*word != value)
			return false;
	return true;
}

/* C11: what the call has taken away is gone on all CPUs. */
static void take_rights(void)
{
	long changed = 0;
	uint64_t last;

	for (long i = 0; i < 100 * times; i++) {
		call_mprotect((void *)shared, PAGE, PROT_READ);
		changed += !stays(shared);
		last = *shared;
		call_mprotect((void *)shared, PAGE, PROT_READ | PROT_WRITE);
		while (*shared == last)
			call_sched_yield();
	}
	is(changed, 0, "no write after mprotect");
}

/* The frame that munmap has freed is the next page's: nobody writes there. */
static void take_pages(void)
{
	char *other = map(NULL, PAGE, MAP_PRIVATE);
	long changed = 0;

	for (long i = 0; i < 100 * times; i++) {
		call_munmap((void *)shared, PAGE);
		map(other, PAGE, MAP_PRIVATE | MAP_FIXED);
		*(volatile uint64_t *)other = 0;
		changed += !stays((uint64_t *)other);
		call_munmap(other, PAGE);
		map((void *)shared, PAGE, MAP_PRIVATE | MAP_FIXED);
		while (!*shared)
			call_sched_yield();
	}
	is(changed, 0, "no write after munmap");
}

/* B5: the middle page of a buffer comes and goes. */
static char *buffer;

static void flip_buffer(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		call_mprotect(buffer + PAGE, PAGE, PROT_NONE);
		call_mprotect(buffer + PAGE, PAGE, PROT_READ | PROT_WRITE);
		call_munmap(buffer + PAGE, PAGE);
		map(buffer + PAGE, PAGE, MAP_PRIVATE | MAP_FIXED);
	}
}

static bool is_share(long result)
{
	return result == -EFAULT || (result > 0 && result <= (long)(3 * PAGE));
}

static void copy_flipping(void)
{
	static char drain[3 * PAGE];
	long wrong = 0, whole = 0, exe;
	int fds[2];

	exe = call_open("/proc/self/exe", O_RDONLY, 0);
	call_pipe2(fds, O_NONBLOCK);
	for (long i = 0; i < 400 * times; i++) {
		long size = call_write(fds[1], buffer, 3 * PAGE);

		wrong += !is_share(size);
		if (size > 0)
			wrong += call_read(fds[0], drain, sizeof(drain)) !=
				 size;
		size = call_pread64((int)exe, buffer, 3 * PAGE, 0);
		wrong += !is_share(size);
		whole += size == 3 * PAGE;
	}
	is(wrong, 0, "EFAULT, or as much as there was");
	diag("%ld of %ld reads were whole", whole, 400 * times);
}

/* ---- Arguments that change (B4) ------------------------------------------------------ */

static char path[] = "/tmp/races-a";
static struct iovec vector[2];
static char *arguments[3];

static void flip_arguments(void *arg)
{
	static char first[] = "aaaaaaaaaaaaaaaa", second[] = "bbbb";

	(void)arg;
	for (long i = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
		((volatile char *)path)[11] = i & 1 ? 'a' : 'b';
		*(volatile size_t *)&vector[1].iov_len = i & 1 ? 8 : -1ul;
		*(char *volatile *)&arguments[1] = i & 1 ? first : second;
	}
}

static void read_flipping(void)
{
	int fds[2];
	long wrong = 0;
	char text[32], *at = text;

	call_pipe2(fds, O_NONBLOCK);
	vector[0] = (struct iovec){ (uint64_t)text, 8 };
	vector[1] = (struct iovec){ (uint64_t)text, 8 };
	for (long i = 0; i < 400 * times; i++) {
		long fd = call_open(path, O_RDONLY, 0), size;

		wrong += call_read((int)fd, text, 1) != 1 ||
			 (*at != 'a' && *at != 'b');
		call_close((int)fd);
		size = call_writev(fds[1], vector, 2);
		wrong += size != 16 && size != -EINVAL;
		if (size > 0)
			wrong += call_read(fds[0], text, 32) != size;
	}
	is(wrong, 0, "a path and a vector are read once");
}

/* execve() while another thread changes what it is given. */
static int execute_flipping(void *arg)
{
	static struct thread thread;

	(void)arg;
	stop = false;
	arguments[0] = "child";
	thread_start(&thread, flip_arguments, NULL);
	while (!*(char *volatile *)&arguments[1])
		;
	call_execve("/proc/self/exe", arguments, environ);
	return 1;
}

/* One string or the other, whole. */
static int judge_argument(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		if (text[i] != text[0])
			return 2;
	return length == (text[0] == 'a' ? 16 : 4) ? 0 : 3;
}

static void test_arguments(void)
{
	int good = 0;

	for (char name = 'a'; name <= 'b'; name++) {
		path[11] = name;
		call_write((int)call_open(path, O_WRONLY | O_CREAT, 0600),
			   &name, 1);
	}
	with_other(flip_arguments, read_flipping);
	for (long i = 0; i < 8 * times; i++)
		good += in_child(execute_flipping, NULL) == 0;
	is(good, 8 * times, "and execve's arguments");
	for (path[11] = 'a'; path[11] <= 'b'; path[11]++)
		call_unlink(path);
}

/* ---- Copy on write (C12) ---------------------------------------------------------------- */

/* Each writes as it likes, with its child at it too, and sees its own. */
static int copy_on_write(void *depth)
{
	static uint8_t *pages, model[PAGES];
	long pid = 0;
	int status = 0;

	if (!depth)
		pages = (uint8_t *)map(NULL, PAGES * PAGE, MAP_PRIVATE);
	if ((long)depth < 8)
		pid = call_fork();
	if (pid == 0 && (long)depth < 8) {
		random_number();
		return copy_on_write((char *)depth + 1);
	}
	for (int i = 0; i < 4 * PAGES; i++) {
		uint64_t page = random_number() % PAGES;

		model[page] = (uint8_t)(random_number() + (long)depth);
		memset(pages + page * PAGE, model[page], PAGE);
	}
	for (size_t i = 0; i < PAGES * PAGE; i++)
		if (pages[i] != model[i / PAGE])
			return 1;
	if (pid)
		call_wait4((int)pid, &status, 0, NULL);
	return status != 0;
}

/* ---- SIGKILL (G2) ------------------------------------------------------------------------- */

static int do_nothing(void *arg)
{
	(void)arg;
	return 0;
}

static _Noreturn void call_for_ever(void)
{
	static char bytes[2 * PAGE];
	int fds[2];

	for (;;) {
		char *page = map(NULL, 4 * PAGE, MAP_PRIVATE);

		page[PAGE] = 1;
		call_pipe2(fds, O_NONBLOCK);
		call_write(fds[1], bytes, sizeof(bytes));
		call_read(fds[0], bytes, sizeof(bytes));
		call_close(fds[0]);
		call_close(fds[1]);
		call_close((int)call_open("/proc/self/maps", O_RDONLY, 0));
		call_mprotect(page, PAGE, PROT_NONE);
		call_munmap(page, 4 * PAGE);
		in_child(do_nothing, NULL);
		call_rename("/tmp/races-x", "/tmp/races-y");
	}
}

static void test_kill(void)
{
	int killed = 0, status;

	for (long i = 0; i < 30 * times; i++) {
		long pid = call_fork();

		if (pid == 0)
			call_for_ever();
		for (uint64_t n = random_number() % 300000; n; n--)
			asm volatile("");
		call_kill((int)pid, SIGKILL);
		killed += call_wait4((int)pid, &status, 0, NULL) == pid &&
			  status == KILLED(SIGKILL);
	}
	is(killed, 30 * times, "SIGKILL in any system call");
}

int main(int argc, char **argv)
{
	if (argc == 2 && (argv[1][0] == 'a' || argv[1][0] == 'b'))
		return judge_argument(argv[1]);
	if (argc == 2)
		times = parse_number(argv[1]);
	is(children(hold_registers, 4), 4, "registers over switches");
	signal_set(SIGSEGV, try_again, 0);
	shared = (uint64_t *)map(NULL, PAGE, MAP_PRIVATE);
	with_other(write_shared, take_rights);
	with_other(write_shared, take_pages);
	buffer = map(NULL, 3 * PAGE, MAP_PRIVATE);
	with_other(flip_buffer, copy_flipping);
	test_arguments();
	for (long i = 0; i < 3 * times; i++)
		ok(in_child(copy_on_write, NULL) == 0, "copy on write");
	test_kill();
	return tap_done();
}
