/* needs: signals threads */
/*
 * What there is too much of is an error, or the end of who asked for it, and
 * of nobody else: descriptors, names, arguments, processes, threads, memory.
 * And what ends is given back, whole.
 *
 * tools/run: -m 256
 * needs: memory procfs users usage */
#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "tests/guest/image.h"
#include "tests/guest/thread.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define PAGE      4096ul
#define PROCESSES 500
#define THREADS   200
#define CYCLES    10000

static char *const no_environment[] = { NULL };

/* Reads a file of /proc into a buffer of its own: asking must not cost any. */
static const char *read_proc(const char *path)
{
	static char text[4096];
	long fd = call_open(path, O_RDONLY, 0);
	long length = call_read((int)fd, text, sizeof(text) - 1);

	call_close((int)fd);
	text[length > 0 ? length : 0] = '\0';
	return text;
}

/* The sum of the first numbers behind `name`, wherever it begins a line. */
static long sum_of(const char *text, const char *name)
{
	long sum = 0;

	for (; text; text = strchr(text, '\n')) {
		long value = 0;

		text += *text == '\n';
		if (!*text)
			break;
		if (strncmp(text, name, strlen(name)))
			continue;
		while (*text != ' ')
			text++;
		while (*text == ' ')
			text++;
		for (; *text >= '0' && *text <= '9'; text++)
			value = value * 10 + *text - '0';
		sum += value;
	}
	return sum;
}

static long free_memory(void)
{
	const char *text = read_proc("/proc/meminfo");

	return sum_of(text, "MemFree:") + sum_of(text, "Cached:");
}

/*
 * What is free, and what the heap has handed out. The kernel keeps for the next
 * time: slabs, where an object may still stand in each of many, or the last has
 * none; stacks; tables of its own half, and the regions there. How many differs
 * from time to time, so these frames count as free and their objects one by
 * one, as tools/run -leaks does.
 */
struct memory {
	long free; /* kB */
	long objects;
};

static struct memory look_at_memory(void)
{
	const char *text = read_proc("/proc/meminfo");
	struct memory memory = {
		.free = sum_of(text, "MemFree:") + sum_of(text, "Cached:") +
			sum_of(text, "Slab:") + sum_of(text, "KernelStack:") +
			sum_of(text, "KernelTables:"),
	};

	text = read_proc("/proc/slabinfo");
	memory.objects = sum_of(text, "kmalloc-") - sum_of(text, "vmap_area");
	return memory;
}

/* ---- Descriptors and names ------------------------------------------------------ */

static int fill_descriptors(void *arg)
{
	struct rlimit limit = { 100, 100 };
	long fd, fds[2];

	(void)arg;
	if (syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit))
		return 1;
	while ((fd = call_dup(0)) >= 0)
		if (fd >= 100)
			return 2;
	if (fd != -EMFILE)
		return 3;
	if (call_open("/proc/self/status", O_RDONLY, 0) != -EMFILE)
		return 4;
	if (call_pipe2((int *)fds, 0) != -EMFILE)
		return 5;
	if (syscall(SYS_epoll_create1, 0) != -EMFILE)
		return 6;
	call_close(50);
	if (call_pipe2((int *)fds, 0) != -EMFILE) /* there is room for one */
		return 7;
	return call_dup(0) == 50 ? 0 : 8;
}

static void test_names(void)
{
	static char path[PATH_MAX + 10];
	char link[64];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[NAME_MAX + 2] = '\0';
	is(call_open(path, O_RDONLY, 0), -ENAMETOOLONG, "a name of 256 bytes");
	path[NAME_MAX + 1] = '\0';
	is(call_open(path, O_RDONLY, 0), -ENOENT, "a name of 255");
	for (size_t i = 0; i < sizeof(path); i += 2) {
		path[i] = '/';
		path[i + 1] = '.';
	}
	path[PATH_MAX] = '\0';
	is(call_open(path, O_RDONLY, 0), -ENAMETOOLONG, "a path of 4096 bytes");
	path[PATH_MAX - 1] = '\0';
	ok(call_open(path, O_RDONLY, 0) >= 0, "a path of 4095");
	snprintf(link, sizeof(link), "/tmp/limits-%ld", call_getpid());
	is(syscall(SYS_symlink, link, link), 0, "a link to itself");
	is(call_open(link, O_RDONLY, 0), -ELOOP, "leads nowhere");
	call_unlink(link);
}

/* ---- Arguments ------------------------------------------------------------------ */

static void test_arguments(void)
{
	size_t count = 200000, size = 256ul << 10;
	char **argv = call_mmap(NULL, (count + 1) * sizeof(*argv),
				PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *string = call_mmap(NULL, size, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(string, 'x', size - 1);
	argv[0] = string;
	is(call_execve("/proc/self/exe", argv, no_environment), -E2BIG,
	   "an argument of 256 KiB");
	for (size_t i = 0; i < count; i++)
		argv[i] = "0123456789";
	is(call_execve("/proc/self/exe", argv, no_environment), -E2BIG,
	   "200,000 arguments");
	call_munmap(argv, (count + 1) * sizeof(*argv));
	call_munmap(string, size);
}

/* ---- Many ----------------------------------------------------------------------- */

static void test_processes(void)
{
	static long pids[PROCESSES];
	int made = 0, ended = 0, status;

	for (; made < PROCESSES; made++) {
		pids[made] = call_fork();
		if (pids[made] == 0)
			for (;;)
				syscall(SYS_pause);
		if (pids[made] < 0)
			break;
	}
	is(made, PROCESSES, "%d processes at once", PROCESSES);
	for (int i = 0; i < made; i++)
		call_kill((int)pids[i], SIGKILL);
	for (int i = 0; i < made; i++)
		ended += call_wait4((int)pids[i], &status, 0, NULL) ==
				 pids[i] &&
			 status == SIGKILL;
	is(ended, made, "each is killed and waited for");
}

static struct thread threads[THREADS];
static uint32_t arrived, go;

static void arrive(void *arg)
{
	(void)arg;
	__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &go, FUTEX_WAIT, 0, NULL);
}

static void test_threads(void)
{
	int made = 0;

	while (made < THREADS && thread_start(&threads[made], arrive, NULL) > 0)
		made++;
	is(made, THREADS, "%d threads at once", THREADS);
	while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) < (uint32_t)made)
		call_sched_yield();
	go = 1;
	syscall(SYS_futex, &go, FUTEX_WAKE, 0x7fffffff, NULL);
	for (int i = 0; i < made; i++)
		thread_join(&threads[i]);
	is(arrived, made, "all have run and ended");
}

/* ---- Given back ------------------------------------------------------------------- */

static char tiny_path[64];

/* A program of a few bytes: exit_group(7). */
static void write_tiny(void)
{
	static const unsigned char code[] = {
		0xbf, 7, 0, 0, 0, 0xb8, SYS_exit_group, 0, 0, 0, 0x0f, 0x05
	};
	struct image image;

	image_init(&image, code, sizeof(code));
	snprintf(tiny_path, sizeof(tiny_path), "/tmp/limits-tiny-%d",
		 (int)call_getpid());
	image_write(tiny_path, &image, sizeof(image), 0755);
}

/* So many programs, one after the other: how many ended as they should. */
static int run_programs(int count)
{
	char *const argv[] = { "tiny", NULL };
	int good = 0, status;

	while (count--) {
		long pid = call_fork();

		if (pid == 0) {
			call_execve(tiny_path, argv, no_environment);
			call_exit_group(1);
		}
		if (call_wait4((int)pid, &status, 0, NULL) == pid)
			good += status == EXITED(7);
	}
	return good;
}

static void test_cycles(void)
{
	int count = on_colonel() ? CYCLES : 100, good;
	struct memory before, after;

	run_programs(300);
	look_at_memory(); /* its buffer is there from now on */
	before = look_at_memory();
	good = run_programs(count);
	after = look_at_memory(); /* before a line goes into a pipe's next page */
	is(good, count, "fork, exec, exit, %d times", count);
	if (on_colonel()) {
		is(after.free, before.free, "as much memory is free as before");
		is(after.objects, before.objects,
		   "and as many objects are in use");
	} else {
		skip("others use it too", "as much memory is free as before");
		skip("others use it too", "and as many objects are in use");
	}
}

/* ---- Too much --------------------------------------------------------------------- */

static int bomb(void *arg)
{
	(void)arg;
	syscall(SYS_setpgid, 0, 0);
	for (;;)
		call_fork();
	return 0;
}

static void sleep_ms(long ms)
{
	struct timespec time = { 0, ms * 1000000 };

	call_nanosleep(&time, NULL);
}

/* Lets one go off, and kills it: what fork() said meanwhile. */
static long explode(void)
{
	long pid = call_fork(), child;

	if (pid == 0)
		call_exit_group(bomb(NULL));
	sleep_ms(900);
	child = call_fork();
	if (child == 0)
		call_exit_group(0);
	if (child > 0)
		call_wait4((int)child, NULL, 0, NULL);
	while (call_kill((int)-pid, SIGKILL) == 0)
		call_wait4((int)pid, NULL, WNOHANG, NULL);
	return child;
}

/* What was printed fills a page of a pipe until somebody has read it. */
static bool is_free_again(struct memory before)
{
	struct memory now = look_at_memory();

	for (int i = 0; i < 500; i++) {
		if (now.free >= before.free && now.objects <= before.objects)
			return true;
		sleep_ms(20);
		now = look_at_memory();
	}
	diag("%ld kB and %ld objects before, %ld and %ld after", before.free,
	     before.objects, now.free, now.objects);
	return false;
}

static void test_bomb(void)
{
	long child = explode();
	struct memory before;

	ok(child == -EAGAIN || child > 0, "fork bomb: EAGAIN, or room");
	is(run_programs(10), 10, "afterwards programs run");
	sleep_ms(300); /* process 1 buries them */
	before = look_at_memory();
	explode();
	is(run_programs(10), 10, "after a second one, too");
	ok(is_free_again(before), "and its memory is free again");
}

static int eat_memory(void *arg)
{
	size_t size = 64ul << 20;

	(void)arg;
	for (;;) {
		char *more = call_mmap(NULL, size, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (size_t i = 0; !is_error(more) && i < size; i += PAGE)
			more[i] = 1;
		if (is_error(more) && (size /= 2) < PAGE)
			return 9; /* told that there is none is as good */
	}
}

static void test_hog(void)
{
	struct memory before = look_at_memory();
	int status = in_child(eat_memory, NULL);

	ok(status == KILLED(SIGKILL) || status == EXITED(9),
	   "who eats all memory ends");
	is(run_programs(10), 10, "afterwards programs run");
	ok(is_free_again(before), "and all its memory is free again");
}

/* ---- Memory: limits, and a hog beside root ------------------------------------- */

static long map_private(size_t size, int prot, int flags, void *at)
{
	return (long)call_mmap(at, size, prot,
			       MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

#define MANY (64ul << 20)

/* The limits, and what does and does not count. */
static int limit_memory(void *arg)
{
	struct rlimit space = { MANY, MANY }, data = { MANY / 2, MANY / 2 };
	long brk, at;

	(void)arg;
	syscall(SYS_setrlimit, RLIMIT_AS, &space);
	if (map_private(MANY, PROT_READ, 0, NULL) != -ENOMEM)
		return 1;
	at = map_private(MANY / 4, PROT_READ, 0, NULL);
	if (at < 0)
		return 2;
	if (map_private(MANY / 4, PROT_READ, MAP_FIXED, (void *)at) != at)
		return 3;
	syscall(SYS_setrlimit, RLIMIT_DATA, &data);
	if (map_private(MANY / 2 + PAGE, PROT_READ | PROT_WRITE, 0, NULL) !=
	    -ENOMEM)
		return 4;
	brk = syscall(SYS_brk, 0);
	if (syscall(SYS_brk, brk + (long)MANY / 2 + (long)PAGE) != brk)
		return 5;
	if (syscall(SYS_mremap, at, MANY / 4, MANY, MREMAP_MAYMOVE) != -ENOMEM)
		return 6;
	return syscall(SYS_brk, brk + (long)PAGE) == brk ? 7 : 0;
}

/* Takes memory by read(2), which does not end by a signal of its own. */
static int hog_by_read(void *arg)
{
	int zero = (int)call_open("/dev/zero", O_RDONLY, 0);

	(void)arg;
	if (syscall(SYS_setuid, 1000))
		return 9;
	for (;;) {
		char *more = call_mmap(NULL, 256 * PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (size_t i = 0; !is_error(more) && i < 256; i++)
			call_read(zero, more + i * PAGE, 1);
	}
}

/* Root's: needs a page now and then. */
static int need_pages(void *arg)
{
	(void)arg;
	for (int i = 0; i < 200; i++) {
		char *page = call_mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct timespec pause = { 0, 2000000 };

		if (is_error(page))
			return 1;
		*page = 1;
		syscall(SYS_nanosleep, &pause, NULL);
	}
	return 0;
}

static void test_hog_beside_root(void)
{
	long hog = call_fork(), before = free_memory();
	int status = 0;

	if (hog == 0)
		call_exit_group(hog_by_read(NULL));
	while (free_memory() > before / 16 &&
	       !syscall(SYS_wait4, hog, &status, WNOHANG, NULL))
		syscall(SYS_sched_yield);
	is(in_child(need_pages, NULL), EXITED(0),
	   "root's process gets pages while another user's takes all");
	if (!status)
		syscall(SYS_wait4, hog, &status, 0, NULL);
	is(status, KILLED(SIGKILL), "and the other is killed");
}

int main(void)
{
	write_tiny();
	test_cycles();
	child_exits(fill_descriptors, NULL, 0, "EMFILE");
	test_names();
	test_arguments();
	test_processes();
	test_threads();
	is(in_child(limit_memory, NULL), EXITED(0), "RLIMIT_AS, RLIMIT_DATA");
	if (on_colonel()) {
		test_bomb();
		test_hog();
		test_hog_beside_root();
	} else {
		skip("not on other people's machine", "fork bomb");
		skip("not on other people's machine", "memory hog");
		skip("not on other people's machine", "a hog beside root");
		skip("not on other people's machine", "its end");
	}
	call_unlink(tiny_path);
	return tap_done();
}
