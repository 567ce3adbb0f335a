/* needs: procfs */
/*
 * [vvar] and [vdso] as memory: where they lie, who may write to them (nobody,
 * by no way), what munmap and mprotect may do to them, and that exec brings
 * them back.
 */
#include "kernel/abi/errno.h"
#include "user/lib/file.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"
#include "user/lib/vsyscall.h"

#define PAGE          4096ul
#define VSYSCALL_PAGE 0xffffffffff600000

struct area {
	uintptr_t start, end;
	char rights[5];
};

static const char *self;
static struct area vvar, vdso;

/* ---- /proc/self/maps ----------------------------------------------------- */

static uintptr_t hex(const char **s)
{
	uintptr_t value = 0;

	for (;; (*s)++) {
		if (**s >= '0' && **s <= '9')
			value = value * 16 + **s - '0';
		else if (**s >= 'a' && **s <= 'f')
			value = value * 16 + **s - 'a' + 10;
		else
			return value;
	}
}

static struct area find_area(const char *name)
{
	struct area area = { 0, 0, "" };
	char *maps;

	if (file_load("/proc/self/maps", &maps) < 0)
		return area;

	const char *line = strstr(maps, name);

	if (line) {
		while (line > maps && line[-1] != '\n')
			line--;
		area.start = hex(&line);
		line++;
		area.end = hex(&line);
		memcpy(area.rights, line + 1, 4);
	}
	file_drop(maps);
	return area;
}

/* ---- Where --------------------------------------------------------------- */

static void test_placement(void)
{
	uintptr_t base = getauxval(AT_SYSINFO_EHDR);
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	is(base % PAGE, 0, "AT_SYSINFO_EHDR is page aligned");
	is(vdso.start, base, "[vdso] begins there");
	ok(!strcmp(vdso.rights, "r-xp"), "[vdso] is r-xp");
	ok(vvar.end > vvar.start && vvar.end <= base, "[vvar] lies below");
	ok(!strcmp(vvar.rights, "r--p"), "[vvar] is r--p");
	ok(vvar.start >= 0x10000, "above the lowest addresses");
	ok(vdso.end < 0x7ffffffff000, "below the last user page");
	ok(here < vvar.start || here >= vdso.end, "not on the stack");
	ok(!memcmp((void *)base, ELFMAG, SELFMAG),
	   "an ELF header stands there");
	if (on_colonel())
		is(vvar.end, base, "[vvar] ends where [vdso] begins");
}

/* The tail of the image's last page, behind the section headers, is zero. */
static void test_padding(void)
{
	const Elf64_Ehdr *header = (void *)vdso.start;
	const char *end = (char *)header + header->e_shoff +
			  header->e_shnum * header->e_shentsize;
	int dirty = 0;

	for (; end < (char *)vdso.end; end++)
		dirty += *end != 0;
	if (on_colonel())
		is(dirty, 0, "nothing but zeros behind the image");
	else
		skip("Linux patches there", "zeros behind the image");
}

/* Addresses of the kernel start with 0xffff8…: none may stand on the page. */
static void test_no_kernel_address(void)
{
	int found = 0;

	if (!on_colonel()) {
		skip("not all of Linux's page can be read",
		     "no kernel address in [vvar]");
		return;
	}
	for (const uint64_t *word = (void *)vvar.start;
	     word < (uint64_t *)vvar.end; word++)
		found += *word >= 0xffff800000000000 &&
			 *word < 0xffffffffffff0000;
	is(found, 0, "no kernel address in [vvar]");
}

/* ---- Writing ------------------------------------------------------------- */

static int write_byte(void *addr)
{
	*(volatile unsigned char *)addr = 7;
	return 0;
}

static int run_at(void *addr)
{
	return ((int (*)(void))addr)();
}

static void test_stores(void)
{
	child_dies(write_byte, (void *)vvar.start, SIGSEGV,
		   "a store to [vvar]");
	child_dies(write_byte, (void *)(vvar.end - 1), SIGSEGV,
		   "a store to its last byte");
	child_dies(write_byte, (void *)vdso.start, SIGSEGV,
		   "a store to [vdso]");
	child_dies(write_byte, (void *)(vdso.end - 1), SIGSEGV,
		   "a store to its last byte");
	child_dies(run_at, (void *)vvar.start, SIGSEGV,
		   "[vvar] cannot be executed");
}

/* Every call that fills a buffer must refuse to fill one here. */
static void test_system_calls_write(uintptr_t addr, const char *where)
{
	char *page = (char *)addr;
	int fds[2], status;
	struct iovec iov = { addr, 4 };
	long dir = call_open("/", O_RDONLY | O_DIRECTORY, 0);
	long zero = call_open("/dev/zero", O_RDONLY, 0);

	call_pipe2(fds, 0);
	call_write(fds[1], "12345678", 8);
	is(call_read(fds[0], page, 4), -EFAULT, "read from a pipe into %s",
	   where);
	is(call_readv(fds[0], &iov, 1), -EFAULT, "readv");
	is(call_read(zero, page, 4), -EFAULT, "read from /dev/zero");
	is(call_getdents64(dir, page, 1024), -EFAULT, "getdents64");
	is(call_stat("/", (struct stat *)page), -EFAULT, "stat");
	is(call_fstat(zero, (struct stat *)page), -EFAULT, "fstat");
	is(call_getcwd(page, 1024), -EFAULT, "getcwd");
	is(call_uname((struct utsname *)page), -EFAULT, "uname");
	is(call_pipe2((int *)page, 0), -EFAULT, "pipe2");
	is(call_rt_sigprocmask(SIG_BLOCK, NULL, (sigset_t *)page), -EFAULT,
	   "rt_sigprocmask");
	is(call_rt_sigaction(SIGUSR1, NULL, (struct kernel_sigaction *)page),
	   -EFAULT, "rt_sigaction");
	is(call_sigaltstack(NULL, (stack_t *)page), -EFAULT, "sigaltstack");
	is(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, page), -EFAULT,
	   "clock_gettime");
	is(syscall(SYS_clock_getres, CLOCK_MONOTONIC, page), -EFAULT,
	   "clock_getres");
	is(syscall(SYS_gettimeofday, page, NULL), -EFAULT, "gettimeofday");
	is(syscall(SYS_time, page), -EFAULT, "time");
	is(syscall(SYS_getcpu, page, NULL, NULL), -EFAULT, "getcpu");

	long pid = call_fork();

	if (pid == 0)
		exit(0);
	is(call_wait4(pid, (int *)page, 0, NULL), -EFAULT, "wait4");
	call_wait4(pid, &status, 0, NULL);
	call_close(fds[0]);
	call_close(fds[1]);
	call_close(dir);
	call_close(zero);
}

/* ---- mprotect, munmap, mmap ---------------------------------------------- */

static void test_mprotect(void)
{
	void *data = (void *)vvar.start;
	size_t size = vvar.end - vvar.start;

	is(call_mprotect(data, size, PROT_READ | PROT_WRITE), -EACCES,
	   "[vvar] cannot be made writable");
	is(call_mprotect(data, PAGE, PROT_WRITE), -EACCES, "not a page of it");
	is(call_mprotect(data, size, PROT_READ | PROT_WRITE | PROT_EXEC),
	   -EACCES, "not with all rights");
	is(call_mprotect((void *)vdso.start, vdso.end - vdso.start,
			 PROT_READ | PROT_EXEC),
	   0, "[vdso] can be given the rights that it has");
	if (vdso.end - vdso.start > PAGE)
		is(call_mprotect((void *)vdso.start, PAGE, PROT_READ), -EINVAL,
		   "a part of [vdso] cannot be given others");
	else
		skip("it is one page", "a part of [vdso]");
}

/* Makes the image writable and spoils its own copy. */
static int spoil_copy(void *unused)
{
	unsigned char *image = (unsigned char *)vdso.start;

	(void)unused;
	if (call_mprotect(image, vdso.end - vdso.start,
			  PROT_READ | PROT_WRITE | PROT_EXEC))
		return 1;
	memset(image, 0xcc, vdso.end - vdso.start);
	return image[100] == 0xcc ? 0 : 2;
}

static unsigned checksum(void)
{
	unsigned sum = 0;

	for (const unsigned char *p = (void *)vdso.start;
	     p < (unsigned char *)vdso.end; p++)
		sum = sum * 31 + *p;
	return sum;
}

static int replace_all(void *unused)
{
	struct timespec now;
	char *mem = (char *)vvar.start;

	(void)unused;
	if (is_error(call_mmap(mem, vdso.end - vvar.start,
			       PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)))
		return 1;
	memset(mem, 0x90, vdso.end - vvar.start);
	return syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) ? 2 : 0;
}

/* Without the pages the process lives on; after exec they are back. */
static int unmap_and_exec(void *unused)
{
	char *argv[] = { "vdso_page", "again", NULL };

	(void)unused;
	if (call_munmap((void *)vvar.start, vdso.end - vvar.start))
		return 1;
	if (in_child(spoil_copy, NULL) != EXITED(1))
		return 2;
	return -call_execve(self, argv, environ);
}

static void test_private_copies(void)
{
	unsigned before = checksum();
	struct timespec first, last;

	clock_gettime(CLOCK_MONOTONIC, &first);
	child_exits(spoil_copy, NULL, 0, "a child spoils its copy of [vdso]");
	is(checksum(), before, "its parent's is as before");
	child_exits(replace_all, NULL, 0, "a child maps over all");
	child_exits(unmap_and_exec, NULL, 0,
		    "a child unmaps all; exec brings it back");
	for (int i = 0; i < 100; i++)
		in_child(replace_all, NULL);
	is(checksum(), before, "after 100 times [vdso] is as before");
	clock_gettime(CLOCK_MONOTONIC, &last);
	ok(last.tv_sec > first.tv_sec || last.tv_nsec > first.tv_nsec,
	   "and time goes on");
}

/* The part played after exec: the vDSO is there and answers. */
static int again(void)
{
	struct timespec now;

	return __vdso_clock_gettime &&
			       __vdso_clock_gettime(CLOCK_REALTIME, &now) == 0
		       ? 0
		       : 3;
}

/* ---- Chance, and the fixed page of old ------------------------------------ */

static uintptr_t base_of_exec(void)
{
	char *argv[] = { "vdso_page", "base", NULL };
	uintptr_t base = 0;
	int fds[2];

	call_pipe2(fds, O_CLOEXEC);

	long pid = call_fork();

	if (pid == 0) {
		call_dup2(fds[1], 1);
		call_execve(self, argv, environ);
		exit(1);
	}
	call_read(fds[0], &base, sizeof(base));
	call_wait4(pid, NULL, 0, NULL);
	call_close(fds[0]);
	call_close(fds[1]);
	return base;
}

static void test_randomness(void)
{
	uintptr_t base[20];
	int distinct = 0, aligned = 1;

	for (int i = 0; i < 20; i++) {
		int seen = 0;

		base[i] = base_of_exec();
		aligned &= base[i] && base[i] % PAGE == 0;
		for (int j = 0; j < i; j++)
			seen |= base[j] == base[i];
		distinct += !seen;
	}
	ok(aligned, "20 programs have a vDSO at a page");
	ok(distinct >= 18, "at %d different ones", distinct);
}

static int read_byte(void *addr)
{
	return *(volatile unsigned char *)addr;
}

static void test_vsyscall_page(void)
{
	if (find_area("[vsyscall]").start) {
		skip("this Linux emulates it", "no page at a fixed address");
		return;
	}
	child_dies(read_byte, (void *)VSYSCALL_PAGE, SIGSEGV,
		   "the old vsyscall page cannot be read");
	for (int i = 0; i < 3; i++)
		child_dies(run_at, (void *)(VSYSCALL_PAGE + i * 1024), SIGSEGV,
			   "nor its function %d called", i);
}

int main(int argc, char **argv)
{
	uintptr_t base = getauxval(AT_SYSINFO_EHDR);

	self = (const char *)getauxval(AT_EXECFN);
	if (argc > 1 && !strcmp(argv[1], "again"))
		return again();
	if (argc > 1) {
		call_write(1, &base, sizeof(base));
		return 0;
	}

	test_vsyscall_page();
	if (!base) {
		skip("vdso=0", "[vvar] and [vdso]");
		return tap_done();
	}
	vvar = find_area("[vvar]");
	vdso = find_area("[vdso]");
	test_placement();
	test_padding();
	test_no_kernel_address();
	test_stores();
	test_system_calls_write(vvar.start, "[vvar]");
	test_system_calls_write(vdso.start, "[vdso]");
	test_mprotect();
	test_private_copies();
	test_randomness();
	return tap_done();
}
