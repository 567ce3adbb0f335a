/* needs: memory signals threads */
/*
 * Each allocation that a system call or a fault needs fails once: the n-th, for
 * every n until none is left to fail (/proc/self/fail-nth, as in Linux with
 * CONFIG_FAULT_INJECTION). The call says so by an errno, or the process is
 * killed; and all memory is free again, each time.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "tests/guest/thread.h"
#include "user/lib/printf.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define PAGE    4096ul
#define PAGES   (600 * PAGE) /* more than a page table has */
#define MANY    3000         /* so many allocations has nothing here */
#define RW      (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static const char counter[] = "/proc/self/fail-nth";
static const char *self;
static char *const no_environment[] = { NULL };
static char *written; /* by the parent: shared after fork() until written */

/* ---- What is done, with an allocation that fails -------------------------- */

static long do_fork(void)
{
	long pid = call_fork();

	if (pid == 0)
		call_exit_group(0);
	return pid < 0 ? pid : call_wait4((int)pid, NULL, 0, NULL);
}

static long exec(const char *path)
{
	char *const words[] = { (char *)self, "child", NULL };

	return call_execve(path, words, no_environment);
}

static long do_exec(void)
{
	return exec(self);
}

static long do_exec_script(void)
{
	return exec("/tmp/script");
}

static void in_thread(void *arg)
{
	(void)arg;
}

static long do_thread(void)
{
	static struct thread thread;
	long tid = thread_start(&thread, in_thread, NULL);

	if (tid > 0)
		thread_join(&thread);
	return tid;
}

static long map(unsigned flags)
{
	char *at = call_mmap(NULL, PAGES, RW, (int)flags, -1, 0);

	if (is_error(at))
		return (long)at;
	for (size_t i = 0; i < PAGES; i += 64 * PAGE)
		at[i] = 1;
	return 0;
}

static long do_mmap(void)
{
	return map(PRIVATE);
}

static long do_mmap_shared(void)
{
	return map(MAP_SHARED | MAP_ANONYMOUS);
}

static long do_split(void)
{
	char *at = call_mmap(NULL, 9 * PAGE, RW, PRIVATE, -1, 0);
	long error;

	if (is_error(at))
		return (long)at;
	error = call_mprotect(at + PAGE, PAGE, PROT_READ);
	if (!error)
		error = call_munmap(at + 3 * PAGE, PAGE);
	if (!error)
		error = syscall(SYS_mremap, at + 5 * PAGE, PAGE, 40 * PAGE,
				MREMAP_MAYMOVE) < 0
				? -ENOMEM
				: 0;
	return error;
}

static long do_copy_on_write(void)
{
	for (size_t i = 0; i < 8 * PAGE; i += PAGE)
		written[i] = 2;
	return 0;
}

static long do_brk(void)
{
	char *end = (char *)call_brk(NULL);

	if ((char *)call_brk(end + 4 * PAGE) != end + 4 * PAGE)
		return -ENOMEM;
	end[PAGE] = 1;
	return 0;
}

static long do_pipe(void)
{
	int fds[2];
	long error = call_pipe2(fds, 0);

	return error ? error : call_write(fds[1], written, 3 * PAGE);
}

static long do_create(void)
{
	long fd = call_open("/tmp/new", O_RDWR | O_CREAT, 0600), done;

	if (fd < 0)
		return fd;
	done = call_pwrite64((int)fd, written, PAGE, 700 * (long)PAGE);
	return done == (long)PAGE ? 0 : done;
}

static long do_names(void)
{
	long error = call_mkdir("/tmp/dir", 0700);

	if (!error)
		error = syscall(SYS_symlink, "/tmp/there", "/tmp/dir/link");
	if (!error)
		error = syscall(SYS_link, "/tmp/script", "/tmp/dir/hard");
	if (!error)
		error = call_rename("/tmp/dir/hard", "/tmp/dir/soft");
	return error;
}

static long do_read_proc(void)
{
	static const char *const files[] = { "maps", "status",  "stat",
					     "auxv", "cmdline", "environ" };
	char path[32], text[256];
	long n = 0;

	for (size_t i = 0; n >= 0 && i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "/proc/self/%s", files[i]);
		n = call_open(path, O_RDONLY, 0);
		if (n >= 0)
			n = call_read((int)n, text, sizeof(text));
	}
	return n;
}

static long do_descriptors(void)
{
	long fd = call_fcntl(0, F_DUPFD, 200);

	if (fd < 0)
		return fd;
	fd = syscall(SYS_memfd_create, "x", 0);
	return fd < 0 ? fd : call_write((int)fd, written, 2 * PAGE);
}

static long do_events(void)
{
	struct {
		uint32_t events;
		uint64_t data;
	} __attribute__((packed)) event = { 1, 0 };
	long epoll = syscall(SYS_epoll_create1, 0), fd;

	if (epoll < 0)
		return epoll;
	fd = syscall(SYS_eventfd2, 0, 0);
	return fd < 0 ? fd : syscall(SYS_epoll_ctl, epoll, 1, fd, &event);
}

static long do_poll(void)
{
	struct pollfd fds[300];

	for (int i = 0; i < 300; i++)
		fds[i] = (struct pollfd){ .fd = i % 3, .events = POLLIN };
	return call_poll(fds, 300, 0);
}

static long do_timer(void)
{
	struct itimerspec when = { .it_value.tv_nsec = 1 };
	sigset_t mask = 1ul << (SIGALRM - 1);
	long error;
	int id = 0;

	call_rt_sigprocmask(SIG_BLOCK, &mask, NULL);
	error = syscall(SYS_timer_create, 0, NULL, &id);
	return error ? error : syscall(SYS_timer_settime, id, 0, &when, NULL);
}

static long do_signal(void)
{
	siginfo_t info = { .si_code = SI_QUEUE };
	sigset_t mask = 1ul << (40 - 1);

	call_rt_sigprocmask(SIG_BLOCK, &mask, NULL);
	return syscall(SYS_rt_sigqueueinfo, call_getpid(), 40, &info);
}

static long do_lock(void)
{
	struct flock lock = { .l_type = F_RDLCK, .l_start = 10, .l_len = 10 };
	long fd = call_open("/tmp/script", O_RDONLY, 0), error;

	if (fd < 0)
		return fd;
	error = call_fcntl((int)fd, F_SETLK, (long)&lock);
	lock.l_type = F_UNLCK;
	lock.l_start = 13;
	lock.l_len = 2;
	return error ? error : call_fcntl((int)fd, F_SETLK, (long)&lock);
}

static const struct deed {
	const char *name;
	long (*function)(void);
} deeds[] = {
	{ "fork", do_fork },
	{ "execve", do_exec },
	{ "execve of a script", do_exec_script },
	{ "a thread", do_thread },
	{ "mmap, and faults", do_mmap },
	{ "shared mmap, and faults", do_mmap_shared },
	{ "mprotect, munmap, mremap", do_split },
	{ "copy on write", do_copy_on_write },
	{ "brk", do_brk },
	{ "pipe, and write", do_pipe },
	{ "open of a new file, and write", do_create },
	{ "mkdir, symlink, link, rename", do_names },
	{ "/proc", do_read_proc },
	{ "dup, memfd_create", do_descriptors },
	{ "epoll, eventfd", do_events },
	{ "poll", do_poll },
	{ "a timer", do_timer },
	{ "a queued signal", do_signal },
	{ "a file's lock", do_lock },
};

/* ---- Each of its allocations, in turn -------------------------------------- */

enum { DONE = 40, FAILED, UNTOLD }; /* a child's exit status */

struct attempt {
	const struct deed *deed;
	long nth;
};

/* Has it come so far? Reading may be what fails, which is no answer. */
static bool has_failed(long fd)
{
	char text[16];

	return call_pread64((int)fd, text, sizeof(text), 0) > 0 &&
	       text[0] == '0';
}

/* In a child: FAILED: the n-th allocation did, and the call said so; UNTOLD:
 * it went well all the same; DONE: so many were not needed. */
static int attempt(void *arg)
{
	const struct attempt *a = arg;
	char text[24] = "";
	long fd = call_open(counter, O_RDWR, 0), result;
	int n = snprintf(text, sizeof(text), "%ld", a->nth);

	if (call_write((int)fd, text, n) != n)
		return 1;
	result = a->deed->function();
	if (!has_failed(fd))
		return DONE;
	return result < 0 ? FAILED : UNTOLD;
}

/* All that is in use: frames, and objects by size. As tools/run -leaks. */
struct memory {
	long frames, objects[8];
};

static long number_behind(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	long number = 0;

	for (at += strlen(name); *at == ' ' || *at == ':'; at++)
		;
	for (; *at >= '0' && *at <= '9'; at++)
		number = number * 10 + *at - '0';
	return number;
}

static const char *read_text(const char *path)
{
	static char text[4096];
	long fd = call_open(path, O_RDONLY, 0);
	long n = call_read((int)fd, text, sizeof(text) - 1);

	call_close((int)fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static struct memory memory_use(void)
{
	const char *text = read_text("/proc/meminfo");
	struct memory m;
	char name[16];

	m.frames = number_behind(text, "MemFree") +
		   number_behind(text, "Cached") + number_behind(text, "Slab") +
		   number_behind(text, "KernelStack");
	text = read_text("/proc/slabinfo");
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "kmalloc-%d ", 16 << i);
		m.objects[i] = number_behind(text, name);
	}
	m.objects[1] -= number_behind(text, "vmap_area");
	return m;
}

static void clean(void)
{
	static const char *const files[] = { "/tmp/new", "/tmp/dir/link",
					     "/tmp/dir/hard", "/tmp/dir/soft" };

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		call_unlink(files[i]);
	call_rmdir("/tmp/dir");
}

/* Until init has taken all that was written, and waits for more: what it needs
 * for its poll() counts, too. */
static void settle(void)
{
	const struct timespec moment = { 0, 5000000 };

	for (int quiet = 0; quiet < 3; quiet++) {
		call_nanosleep(&moment, NULL);
		if (!strstr(read_text("/proc/1/status"), "S (sleeping)"))
			quiet = -1;
	}
}

static bool same(const struct memory *before, long nth)
{
	struct memory after = memory_use();

	for (int tries = 0; memcmp(before, &after, sizeof(after)); tries++) {
		if (tries == 10)
			break;
		settle();
		after = memory_use();
	}
	if (!memcmp(before, &after, sizeof(after)))
		return true;
	diag("allocation %ld: %ld kB lost", nth, before->frames - after.frames);
	for (int i = 0; i < 8; i++)
		if (after.objects[i] != before->objects[i])
			diag("%ld objects of %d bytes",
			     after.objects[i] - before->objects[i], 16 << i);
	return false;
}

/* An errno, or death by a signal: all but these is a fault of the kernel's. */
static bool expected(int status)
{
	return status == EXITED(FAILED) || status == EXITED(UNTOLD) ||
	       (WIFSIGNALED(status) &&
		(WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGBUS ||
		 WTERMSIG(status) == SIGSEGV));
}

static void test_deed(const struct deed *deed)
{
	struct attempt a = { deed, 1 };
	long wrong = 0, leaks = 0;
	struct memory before;
	int status;

	a.nth = MANY; /* what is made once and kept is there afterwards */
	for (int i = 0; i < 2; i++) {
		before = memory_use();
		in_child(attempt, &a);
		clean();
	}
	settle();
	before = memory_use();
	for (a.nth = 1; a.nth < MANY; a.nth++) {
		status = in_child(attempt, &a);
		clean();
		leaks += !same(&before, a.nth);
		if (status == EXITED(DONE))
			break;
		if (!expected(status)) {
			diag("allocation %ld: status %#x", a.nth, status);
			wrong++;
		}
	}
	ok(a.nth > 1 && a.nth < MANY && !wrong, "%s: all told of", deed->name);
	ok(!leaks, "%s: nothing is lost", deed->name);
	diag("%ld allocations", a.nth - 1);
}

static void write_script(void)
{
	long fd = call_open("/tmp/script", O_WRONLY | O_CREAT, 0700);

	dprintf((int)fd, "#!%s child\n", self);
	call_close((int)fd);
}

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1 && !strcmp(argv[1], "child"))
		return has_failed(call_open(counter, O_RDWR, 0)) ? UNTOLD
								 : DONE;
	if (call_open(counter, O_RDWR | O_CLOEXEC, 0) < 0) {
		skip("no /proc/self/fail-nth here", "failing allocations");
		return tap_done();
	}
	write_script();
	written = call_mmap(NULL, 8 * PAGE, RW, PRIVATE, -1, 0);
	memset(written, 1, 8 * PAGE);
	for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds); i++)
		if (argc < 2 || !strcmp(argv[1], deeds[i].name))
			test_deed(&deeds[i]);
	call_unlink("/tmp/script");
	return tap_done();
}
