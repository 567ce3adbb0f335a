/* needs: attributes memory procfs users */
/*
 * mremap in all its forms, msync, madvise, mlock, memfd_create, /dev/zero, and
 * mapped files that are cut and grow again.
 */
#include "kernel/abi/errno.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define PAGE 4096ul
#define RW   (PROT_READ | PROT_WRITE)

static char *map(size_t pages, int flags)
{
	return call_mmap(NULL, pages * PAGE, RW, flags | MAP_ANONYMOUS, -1, 0);
}

static long remap(void *old, size_t size, size_t new_size, int flags, void *to)
{
	return syscall(SYS_mremap, old, size, new_size, flags, to);
}

/* Each page says who it is. */
static void mark(char *pages, size_t count)
{
	for (size_t i = 0; i < count; i++)
		pages[i * PAGE] = (char)('a' + i);
}

static int marked(const char *pages, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (pages[i * PAGE] != (char)('a' + i))
			return 0;
	return 1;
}

static int read_byte(void *at)
{
	return *(volatile char *)at;
}

/* ---- mremap -------------------------------------------------------------------- */

static void test_shrink(void)
{
	char *pages = map(4, MAP_PRIVATE);

	mark(pages, 4);
	is(remap(pages, 4 * PAGE, 2 * PAGE, 0, NULL), (long)pages, "shrink");
	ok(marked(pages, 2), "the rest stays");
	child_dies(read_byte, pages + 2 * PAGE, SIGSEGV, "the end is gone");
	is(remap(pages, 2 * PAGE, 2 * PAGE, 0, NULL), (long)pages,
	   "the same size");
	call_munmap(pages, 2 * PAGE);
}

static void test_grow(void)
{
	char *room = map(8, MAP_PRIVATE), *moved;

	call_munmap(room + 2 * PAGE, 6 * PAGE);
	mark(room, 2);
	is(remap(room, 2 * PAGE, 4 * PAGE, 0, NULL), (long)room,
	   "grow in place");
	ok(marked(room, 2) && !room[2 * PAGE] && !room[3 * PAGE],
	   "new pages are zero");
	call_mmap(room + 4 * PAGE, PAGE, RW,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	room[4 * PAGE] = 'X';
	mark(room, 4);
	is(remap(room, 4 * PAGE, 5 * PAGE, 0, NULL), -ENOMEM,
	   "something is in the way");
	moved = (char *)remap(room, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE, NULL);
	ok(!is_error(moved) && moved != room, "it may move");
	ok(marked(moved, 4) && !moved[5 * PAGE], "with its pages");
	is(room[4 * PAGE], 'X', "what was in the way stays");
	child_dies(read_byte, room, SIGSEGV, "the old place is empty");
	call_munmap(moved, 6 * PAGE);
	call_munmap(room + 4 * PAGE, PAGE);
}

static void test_fixed(void)
{
	char *pages = map(4, MAP_PRIVATE), *to = map(4, MAP_PRIVATE);

	mark(pages, 4);
	to[0] = 'Z';
	is(remap(pages, 4 * PAGE, 4 * PAGE, MREMAP_FIXED, to), -EINVAL,
	   "MREMAP_FIXED alone");
	is(remap(pages, 4 * PAGE, 4 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE,
		 to + 1),
	   -EINVAL, "to no page");
	is(remap(pages, 4 * PAGE, 4 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE,
		 pages + PAGE),
	   -EINVAL, "over itself");
	is(remap(pages + PAGE, 2 * PAGE, 2 * PAGE,
		 MREMAP_FIXED | MREMAP_MAYMOVE, to),
	   (long)to, "the middle of one to a place");
	is(to[0], 'b', "its first page");
	is(to[PAGE], 'c', "its second");
	is(pages[0] == 'a' && pages[3 * PAGE] == 'd', 1, "the ends stay");
	child_dies(read_byte, pages + PAGE, SIGSEGV, "the middle is a hole");
	is(remap(pages, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE, NULL), -EFAULT,
	   "a range with a hole");
	call_munmap(pages, 4 * PAGE);
	call_munmap(to, 4 * PAGE);
}

static void test_dontunmap(void)
{
	char *pages = map(2, MAP_PRIVATE), *moved;

	mark(pages, 2);
	is(remap(pages, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
		 NULL),
	   -EINVAL, "MREMAP_DONTUNMAP does not grow");
	moved = (char *)remap(pages, 2 * PAGE, 2 * PAGE,
			      MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	ok(!is_error(moved) && marked(moved, 2), "MREMAP_DONTUNMAP moves");
	is(pages[0], 0, "and leaves an empty mapping");
	call_munmap(pages, 2 * PAGE);
	call_munmap(moved, 2 * PAGE);
}

static void test_errors(void)
{
	char *pages = map(2, MAP_PRIVATE);

	is(remap(pages + 1, PAGE, PAGE, 0, NULL), -EINVAL, "from no page");
	is(remap(pages, PAGE, 0, 0, NULL), -EINVAL, "to nothing");
	is(remap(pages, PAGE, PAGE, 8, NULL), -EINVAL, "unknown flags");
	is(remap((void *)(1ul << 40), PAGE, 2 * PAGE, MREMAP_MAYMOVE, NULL),
	   -EFAULT, "nothing is there");
	is(remap(pages, 2 * PAGE, 1ul << 46, MREMAP_MAYMOVE, NULL), -ENOMEM,
	   "more than there is");
	is(remap(pages, 2 * PAGE, -4096ul, MREMAP_MAYMOVE, NULL), -EINVAL,
	   "more than there could be");
	call_munmap(pages, 2 * PAGE);
}

/* What the parent shares by copy on write stays its own. */
static int child_of_moved(void *arg)
{
	char *pages = arg;
	char *moved = (char *)remap(pages, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE,
				    NULL);

	if (is_error(moved) || !marked(moved, 2))
		return 1;
	moved[0] = 'X';
	moved[63 * PAGE] = 1;
	return 0;
}

static void test_shared(void)
{
	char *pages = map(2, MAP_PRIVATE), *shared = map(2, MAP_SHARED);
	char *moved;

	mark(pages, 2);
	child_exits(child_of_moved, pages, 0, "after a fork");
	ok(marked(pages, 2), "the parent's pages are as they were");
	mark(shared, 2);
	moved = (char *)remap(shared, 2 * PAGE, 2 * PAGE,
			      MREMAP_MAYMOVE | MREMAP_FIXED, pages);
	is((long)moved, (long)pages, "shared memory moves too");
	ok(marked(moved, 2), "with what is in it");
	call_munmap(pages, 2 * PAGE);
}

/* ---- msync, madvise ---------------------------------------------------------- */

static void test_advice(void)
{
	char *pages = map(4, MAP_PRIVATE);

	pages[PAGE] = 1;
	is(syscall(SYS_msync, pages, 4 * PAGE, MS_SYNC), 0, "msync");
	is(syscall(SYS_msync, pages, PAGE, MS_SYNC | MS_ASYNC), -EINVAL,
	   "msync in both ways");
	is(syscall(SYS_msync, pages + 1, PAGE, MS_SYNC), -EINVAL,
	   "msync of no page");
	is(syscall(SYS_madvise, pages, 4 * PAGE, MADV_DONTNEED), 0,
	   "MADV_DONTNEED");
	is(pages[PAGE], 0, "starts anew");
	is(syscall(SYS_madvise, pages, 4 * PAGE, 999), -EINVAL,
	   "no such advice");
	call_munmap(pages + 2 * PAGE, 2 * PAGE);
	is(syscall(SYS_msync, pages, 4 * PAGE, MS_SYNC), -ENOMEM,
	   "msync with a hole");
	is(syscall(SYS_madvise, pages, 4 * PAGE, MADV_WILLNEED) == -ENOMEM ||
		   syscall(SYS_madvise, pages, 4 * PAGE, MADV_DONTNEED) ==
			   -ENOMEM,
	   1, "madvise with a hole");
	call_munmap(pages, 2 * PAGE);
}

static void test_memfd(void)
{
	char link[64] = "", *pages;
	struct stat stat;
	long fd = syscall(SYS_memfd_create, "name", MFD_CLOEXEC);

	ok(fd >= 0, "memfd_create");
	is(call_fcntl((int)fd, F_GETFD, 0), FD_CLOEXEC, "MFD_CLOEXEC");
	is(syscall(SYS_ftruncate, fd, 2 * PAGE), 0, "it gets a size");
	call_fstat((int)fd, &stat);
	is(stat.st_size, 2 * PAGE, "fstat says so");
	is(stat.st_mode, S_IFREG | 0777, "and that it may be a program");
	pages = call_mmap(NULL, 2 * PAGE, RW, MAP_SHARED, (int)fd, 0);
	ok(!is_error(pages), "mmap");
	memcpy(pages, "hello", 5);
	is(call_pread64((int)fd, link, 5, 0), 5, "read what was stored");
	ok(!memcmp(link, "hello", 5), "it is that");
	call_munmap(pages, 2 * PAGE);
	call_close((int)fd);
	is(syscall(SYS_memfd_create, "name", 0x80), -EINVAL, "unknown flags");
	is(syscall(SYS_memfd_create, 8, 0), -EFAULT, "a name from nowhere");
}

static int write_there(void *page)
{
	memcpy(page, "child", 6);
	return 0;
}

static void test_dev_zero(void)
{
	int fd = (int)call_open("/dev/zero", O_RDWR, 0);
	char *shared = call_mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
	char *own = call_mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);

	child_exits(write_there, shared, 0, "/dev/zero, shared");
	is(strcmp(shared, "child"), 0, "is so with children");
	child_exits(write_there, own, 0, "/dev/zero, private");
	is(*own, 0, "is not");
	is(syscall(SYS_fsync, fd), -EINVAL, "fsync of a device");
	call_close(fd);
	call_munmap(shared, PAGE);
	call_munmap(own, PAGE);
}

/* ---- A mapped file is cut and grows again ---------------------------------------- */

static void test_cut_file(void)
{
	int fd = (int)syscall(SYS_memfd_create, "cut", 0);
	char *shared, *own, byte = 1;

	syscall(SYS_ftruncate, fd, 2 * PAGE);
	shared = call_mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
	own = call_mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, 0);
	for (size_t i = 0; i < 2 * PAGE; i += PAGE) {
		shared[i] = 'S';
		own[i] = 'P';
	}
	syscall(SYS_ftruncate, fd, PAGE);
	child_dies(read_byte, shared + PAGE, SIGBUS, "shared, beyond the end");
	child_dies(read_byte, own + PAGE, SIGBUS, "a private copy, likewise");
	ok(shared[0] == 'S' && own[0] == 'P', "the rest stays");
	syscall(SYS_ftruncate, fd, 2 * PAGE);
	syscall(SYS_pread64, fd, &byte, 1, PAGE);
	ok(!byte && !shared[PAGE] && !own[PAGE], "it grows with zeros");
	shared[PAGE] = 7;
	syscall(SYS_pread64, fd, &byte, 1, PAGE);
	ok(byte == 7 && own[PAGE] == 7, "what is written reaches the file");
	own[PAGE] = 8;
	ok(shared[PAGE] == 7, "a private copy does not");
	call_munmap(shared, 2 * PAGE);
	call_munmap(own, 2 * PAGE);
	call_close(fd);
}

static long map_file(int fd, int flags)
{
	return (long)call_mmap(NULL, PAGE, RW, flags, fd, 0);
}

static void test_validate(void)
{
	int fd = (int)syscall(SYS_memfd_create, "flags", 0);
	long address;

	syscall(SYS_ftruncate, fd, PAGE);
	is(map_file(fd, MAP_SHARED_VALIDATE | 0x800000), -EOPNOTSUPP,
	   "MAP_SHARED_VALIDATE refuses an unknown flag");
	address = map_file(fd, MAP_SHARED | 0x800000);
	ok(!is_error((void *)address), "MAP_SHARED passes over it");
	call_munmap((void *)address, PAGE);
	address = map_file(fd, MAP_SHARED_VALIDATE);
	ok(!is_error((void *)address), "MAP_SHARED_VALIDATE without one");
	call_munmap((void *)address, PAGE);
	is(map_file(-1, MAP_SHARED_VALIDATE | MAP_ANONYMOUS), -EINVAL,
	   "nor is it for anonymous memory");
	call_close(fd);
}

/* Is [start, end) in one line of /proc/self/maps? */
static int is_one_area(const char *start, const char *end)
{
	static char text[65536];
	int fd = (int)call_open("/proc/self/maps", O_RDONLY, 0);
	size_t size = 0;
	long got;

	while ((got = call_read(fd, text + size, sizeof(text) - 1 - size)) > 0)
		size += (size_t)got;
	call_close(fd);
	text[size] = '\0';
	for (char *line = text; *line; line = strchr(line, '\n') + 1) {
		unsigned long from = 0, to = 0;
		char *at = line;

		for (; *at != '-'; at++)
			from = from * 16 +
			       (unsigned long)(*at > '9' ? *at - 'a' + 10
							 : *at - '0');
		for (at++; *at != ' '; at++)
			to = to * 16 + (unsigned long)(*at > '9'
							       ? *at - 'a' + 10
							       : *at - '0');
		if (from <= (unsigned long)start && to >= (unsigned long)end)
			return 1;
	}
	return 0;
}

static void test_joins(void)
{
	char *pages = map(3, MAP_PRIVATE);

	call_munmap(pages + PAGE, PAGE);
	is(remap(pages, PAGE, 2 * PAGE, 0, NULL), (long)pages,
	   "grow into a hole");
	ok(is_one_area(pages, pages + 3 * PAGE), "which joins both sides");
	call_munmap(pages, 3 * PAGE);
}

static int lock_as_user(void *pages)
{
	struct rlimit small = { 2 * PAGE, 2 * PAGE }, none = { 0, 0 };

	syscall(SYS_setrlimit, RLIMIT_MEMLOCK, &small);
	if (syscall(SYS_setuid, 1000))
		return 9;
	if (syscall(SYS_mlock, pages, 2 * PAGE) ||
	    syscall(SYS_mlock, pages, 3 * PAGE) != -ENOMEM)
		return 1;
	syscall(SYS_setrlimit, RLIMIT_MEMLOCK, &none);
	return syscall(SYS_mlock, pages, PAGE) != -EPERM;
}

static void test_lock(void)
{
	char *pages = map(4, MAP_PRIVATE);
	int status;

	is(syscall(SYS_mlock, pages, 4 * PAGE), 0, "mlock");
	is(syscall(SYS_munlock, pages + 1, 1), 0, "munlock of a part");
	is(syscall(SYS_mlock, pages, 0), 0, "mlock of nothing");
	is(syscall(SYS_mlock, -PAGE, PAGE + 1), -EINVAL, "an overflow");
	is(syscall(SYS_mlock2, pages, PAGE, 2), -EINVAL, "unknown flags");
	is(syscall(SYS_mlockall, 0), -EINVAL, "mlockall of nothing");
	is(syscall(SYS_mlockall, 8), -EINVAL, "mlockall, unknown flags");
	is(syscall(SYS_munlockall), 0, "munlockall");
	call_munmap(pages + PAGE, PAGE);
	is(syscall(SYS_mlock, pages, 3 * PAGE), -ENOMEM, "a hole");
	is(syscall(SYS_munlock, pages, 3 * PAGE), -ENOMEM,
	   "a hole to be unlocked");
	call_munmap(pages, 4 * PAGE);
	pages = map(4, MAP_PRIVATE);
	status = in_child(lock_as_user, pages);
	if (status == EXITED(9))
		skip("not root", "RLIMIT_MEMLOCK");
	else
		is(status, EXITED(0), "RLIMIT_MEMLOCK");
	call_munmap(pages, 4 * PAGE);
}

int main(void)
{
	test_shrink();
	test_grow();
	test_fixed();
	test_dontunmap();
	test_errors();
	test_shared();
	test_advice();
	test_memfd();
	test_dev_zero();
	test_cut_file();
	test_validate();
	test_joins();
	test_lock();
	return tap_done();
}
