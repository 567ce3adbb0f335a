/* needs: attributes names procfs usage users */
/*
 * Files and directories: open and its flags, reading and writing at offsets,
 * descriptors, stat, directory entries, renaming, removing, and their errors.
 * All happens in a folder of its own below /tmp.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define FOLDER "/tmp/files.test"

static char buf[8192];

static long create(const char *path, const char *text)
{
	long fd = call_open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd >= 0)
		call_write(fd, text, strlen(text));
	return fd;
}

static void create_closed(const char *path, const char *text)
{
	call_close(create(path, text));
}

/* Whether the whole file is `text`. */
static bool holds(const char *path, const char *text)
{
	long fd = call_open(path, O_RDONLY, 0);
	long len = call_read(fd, buf, sizeof(buf));

	call_close(fd);
	return len == (long)strlen(text) && !memcmp(buf, text, len);
}

/* ---- open ------------------------------------------------------------------ */

static void test_open(void)
{
	long fd;

	is(call_open("a", O_RDONLY, 0), -ENOENT, "open what is not there");
	fd = create("a", "hello");
	ok(fd >= 3, "O_CREAT gives the lowest descriptor (%ld)", fd);
	is(call_open("a", O_CREAT | O_EXCL | O_RDWR, 0644), -EEXIST,
	   "O_EXCL refuses what is there");
	call_close(fd);
	ok(holds("a", "hello"), "what was written is read");

	fd = call_open("a", O_RDONLY, 0);
	is(call_write(fd, "x", 1), -EBADF, "write to O_RDONLY");
	is(call_read(fd, buf, 0), 0, "read of nothing");
	is(call_read(fd, buf, 100), 5, "a short read at the end");
	is(call_read(fd, buf, 100), 0, "then the end");
	call_close(fd);
	fd = call_open("a", O_WRONLY, 0);
	is(call_read(fd, buf, 1), -EBADF, "read from O_WRONLY");
	is(call_write(fd, "J", 1), 1, "write at the start");
	call_close(fd);
	ok(holds("a", "Jello"), "changes the start only");
	call_close(call_open("a", O_WRONLY | O_TRUNC, 0));
	ok(holds("a", ""), "O_TRUNC empties");
	is(call_read(fd, buf, 1), -EBADF, "read from a closed descriptor");
	is(call_close(fd), -EBADF, "close it again");
	is(call_close(-1), -EBADF, "close -1");
	is(call_close(0x7fffffff), -EBADF, "close INT_MAX");
}

/* Links that lead to nothing: second -> first -> target, in another folder. */
static void test_dangling(void)
{
	struct stat stat;
	long fd;

	call_mkdir("links", 0755);
	syscall(SYS_symlink, "../target", "links/first");
	syscall(SYS_symlink, "links/first", "second");
	is(call_open("second", O_RDONLY, 0), -ENOENT, "a link to nothing");
	is(call_open("second", O_CREAT | O_EXCL | O_RDWR, 0600), -EEXIST,
	   "with O_EXCL");
	is(call_open("second", O_CREAT | O_NOFOLLOW | O_RDWR, 0600), -ELOOP,
	   "with O_NOFOLLOW");
	is(call_stat("target", &stat), -ENOENT, "make no file");
	fd = call_open("second", O_CREAT | O_WRONLY, 0400);
	ok(fd >= 0, "O_CREAT makes what it leads to");
	is(call_write(fd, "text", 4), 4, "to be written, whatever the mode");
	call_close(fd);
	is(call_stat("target", &stat), 0, "it is there");
	is(stat.st_size, 4, "with the text");
	call_unlink("second");
	syscall(SYS_symlink, "none/target", "second");
	is(call_open("second", O_CREAT | O_WRONLY, 0600), -ENOENT,
	   "not in a folder that is not there");
	call_unlink("second");
	call_unlink("links/first");
	call_unlink("target");
	call_rmdir("links");
}

static void test_append(void)
{
	long fd = create("log", "one ");
	long other = call_open("log", O_WRONLY | O_APPEND, 0);

	is(call_write(other, "two ", 4), 4, "O_APPEND writes");
	is(call_write(fd, "three ", 6), 6, "somebody else does");
	call_lseek(other, 0, SEEK_SET);
	is(call_write(other, "four", 4), 4, "O_APPEND after lseek");
	is(call_lseek(other, 0, SEEK_CUR), 14, "its offset is the end");
	ok(holds("log", "one three four"), "appended at each end");
	is(call_fcntl(other, F_GETFL, 0) & ~O_LARGEFILE, O_WRONLY | O_APPEND,
	   "F_GETFL");
	call_close(fd);
	call_close(other);
}

static void test_paths(void)
{
	static char long_path[PATH_MAX + 1], long_name[NAME_MAX + 2];
	struct stat stat;

	memset(long_path, '/', PATH_MAX);
	memset(long_name, 'x', NAME_MAX + 1);
	is(call_open("", O_RDONLY, 0), -ENOENT, "an empty path");
	is(call_open(long_path, O_RDONLY, 0), -ENAMETOOLONG, "a long path");
	long_path[PATH_MAX - 1] = '\0';
	is(call_stat(long_path, &stat), 0, "slashes up to PATH_MAX are /");
	is(call_open(long_name, O_CREAT | O_RDWR, 0644), -ENAMETOOLONG,
	   "a long name");
	long_name[NAME_MAX] = '\0';
	create_closed(long_name, "");
	is(call_unlink(long_name), 0, "a name of %d characters", NAME_MAX);
	create_closed("a", "");
	is(call_open("a/b", O_RDONLY, 0), -ENOTDIR, "below a file");
	is(call_open("a/", O_RDONLY, 0), -ENOTDIR, "a file with a slash");
	is(call_open("none/b", O_CREAT | O_RDWR, 0644), -ENOENT,
	   "in a folder that is not there");
	is(call_open(".", O_RDWR, 0), -EISDIR, "a folder for writing");
	is(call_open("a", O_RDONLY | O_DIRECTORY, 0), -ENOTDIR,
	   "O_DIRECTORY on a file");
	is(call_stat(FOLDER "/./../files.test//a", &stat), 0,
	   "dots and slashes");
	is(call_stat("/../../tmp", &stat), 0, "/.. is /");
	is(call_unlink("a"), 0, "unlink");
}

static void test_openat(void)
{
	long dir, fd;

	create_closed("a", "at");
	dir = call_open(FOLDER, O_RDONLY | O_DIRECTORY, 0);
	call_chdir("/");
	fd = call_openat(dir, "a", O_RDONLY, 0);
	is(call_read(fd, buf, 10), 2, "openat with a folder's descriptor");
	is(call_openat(fd, "a", O_RDONLY, 0), -ENOTDIR, "with a file's");
	is(call_openat(99, "a", O_RDONLY, 0), -EBADF, "with none");
	is(call_openat(AT_FDCWD, "a", O_RDONLY, 0), -ENOENT,
	   "AT_FDCWD is the working directory");
	is(call_close(call_openat(99, FOLDER "/a", O_RDONLY, 0)), 0,
	   "a full path needs no descriptor");
	is(syscall(SYS_fchdir, dir), 0, "fchdir");
	is(syscall(SYS_fchdir, fd), -ENOTDIR, "fchdir to a file");
	is(call_read(dir, buf, 10), -EISDIR, "read from a folder");
	call_close(fd);
	call_close(dir);
	call_unlink("a");
}

/* ---- Offsets --------------------------------------------------------------- */

static void test_seek(void)
{
	long fd = create("seek", "0123456789");
	struct stat stat;

	is(call_lseek(fd, 3, SEEK_SET), 3, "SEEK_SET");
	is(call_lseek(fd, 2, SEEK_CUR), 5, "SEEK_CUR");
	is(call_lseek(fd, -1, SEEK_END), 9, "SEEK_END");
	call_read(fd, buf, 1);
	is(*buf, '9', "reads there");
	is(call_lseek(fd, -1, SEEK_SET), -EINVAL, "before the start");
	is(call_lseek(fd, -11, SEEK_END), -EINVAL, "from the end too");
	is(call_lseek(fd, 0, 77), -EINVAL, "an unknown whence");
	is(call_lseek(fd, 0, SEEK_CUR), 10, "errors change nothing");
	is(call_lseek(fd, 4, SEEK_DATA), 4, "SEEK_DATA");
	is(call_lseek(fd, 0, SEEK_HOLE), 10, "SEEK_HOLE: at the end");
	is(call_lseek(fd, 0, SEEK_CUR), 10, "is where the file is then");
	is(call_lseek(fd, 10, SEEK_DATA), -ENXIO, "no data behind the end");
	is(call_lseek(fd, -1, SEEK_HOLE), -ENXIO, "nor before the start");
	is(call_lseek(99, 0, SEEK_SET), -EBADF, "no descriptor");
	is(call_pread64(fd, buf, 3, 4), 3, "pread64");
	ok(!memcmp(buf, "456", 3), "reads at its offset");
	is(call_pwrite64(fd, "xy", 2, 1), 2, "pwrite64");
	is(call_lseek(fd, 0, SEEK_CUR), 10, "neither moves the offset");
	is(call_pread64(fd, buf, 3, -1), -EINVAL, "pread64 at -1");
	is(call_pread64(fd, buf, 3, 100), 0, "pread64 behind the end");

	is(call_lseek(fd, 10000, SEEK_SET), 10000, "behind the end");
	is(call_read(fd, buf, 10), 0, "nothing is there");
	is(call_write(fd, "end", 3), 3, "until something is written");
	call_fstat(fd, &stat);
	is(stat.st_size, 10003, "which makes the file longer");
	memset(buf, 1, sizeof(buf));
	is(call_pread64(fd, buf, 5000, 10), 5000, "the hole");

	int dirty = 0;

	for (int i = 0; i < 5000; i++)
		dirty += buf[i] != 0;
	is(dirty, 0, "is zero");
	is(syscall(SYS_ftruncate, fd, 5), 0, "ftruncate");
	call_fstat(fd, &stat);
	is(stat.st_size, 5, "makes it shorter");
	syscall(SYS_ftruncate, fd, 20);
	is(call_pread64(fd, buf, 20, 0), 20, "and longer");
	ok(!memcmp(buf, "0xy34\0\0\0\0\0\0", 11), "with zeros");
	call_close(fd);
	call_unlink("seek");
}

static void test_big_file(void)
{
	long fd = create("big", "");
	int wrong = 0;

	for (int i = 0; i < 100; i++) {
		memset(buf, i, 5000);
		wrong += call_write(fd, buf, 5000) != 5000;
	}
	call_lseek(fd, 0, SEEK_SET);
	for (int i = 0; i < 100; i++) {
		wrong += call_read(fd, buf, 5000) != 5000;
		wrong += buf[0] != i || buf[4999] != i;
	}
	is(wrong, 0, "a file of 500,000 bytes");
	call_close(fd);
	is(call_unlink("big"), 0, "removed");
}

static int beyond_the_limit(void *arg)
{
	struct rlimit limit = { 4096, 4096 };
	long fd = create("limit", "");

	if (arg)
		signal_plain(SIGXFSZ, SIG_IGN);
	syscall(SYS_setrlimit, RLIMIT_FSIZE, &limit);
	if (call_write(fd, buf, 8000) != 4096)
		return 1;
	if (syscall(SYS_ftruncate, fd, 4096) || syscall(SYS_ftruncate, fd, 8))
		return 2;
	if (call_pwrite64(fd, buf, 1, 4096) != -EFBIG)
		return 3;
	return syscall(SYS_ftruncate, fd, 4097) == -EFBIG ? 0 : 4;
}

static void test_limit(void)
{
	child_exits(beyond_the_limit, "", 0,
		    "RLIMIT_FSIZE: a part, then EFBIG");
	child_dies(beyond_the_limit, NULL, SIGXFSZ, "and SIGXFSZ");
	call_unlink("limit");
}

/* What a failing write must not leave behind. */
static void test_bad_write(void)
{
	long fd = create("bad", "");
	struct stat stat;

	for (long at = 0; at < 40960; at += 4096)
		call_pwrite64(fd, (void *)8, 100, at);
	is(call_pwrite64(fd, (void *)8, 100, 0), -EFAULT, "write from nowhere");
	call_fstat(fd, &stat);
	if (on_colonel()) { /* some of Linux's file systems do */
		is(stat.st_size, 0, "makes no file longer");
		is(stat.st_blocks, 0, "and takes no room");
	}
	is(call_pwrite64(fd, buf, 2, 0x7fffffffffffffff), -EINVAL,
	   "write across the last offset");
	is(call_pread64(fd, buf, 2, 0x7fffffffffffffff), -EINVAL, "and read");
	call_close(fd);
	call_unlink("bad");
}

static void test_vectors(void)
{
	long fd = create("vec", "");
	char a[4], b[8];
	struct iovec out[] = { { (uint64_t)"abc", 3 },
			       { (uint64_t)"", 0 },
			       { (uint64_t)"defgh", 5 } };
	struct iovec in[] = { { (uint64_t)a, 4 }, { (uint64_t)b, 8 } };

	is(call_writev(fd, out, 3), 8, "writev");
	call_lseek(fd, 0, SEEK_SET);
	is(call_readv(fd, in, 2), 8, "readv");
	ok(!memcmp(a, "abcd", 4) && !memcmp(b, "efgh", 4),
	   "in the order of the vector");
	call_close(fd);
	call_unlink("vec");
}

/* ---- Descriptors ----------------------------------------------------------- */

static void test_descriptors(void)
{
	long fd = create("a", "abcdef"), copy = call_dup(fd), other;

	ok(copy > fd, "dup");
	call_lseek(fd, 2, SEEK_SET);
	call_read(copy, buf, 1);
	is(*buf, 'c', "shares the offset");
	is(call_dup2(fd, 50), 50, "dup2");
	call_read(50, buf, 1);
	is(*buf, 'd', "shares it too");
	is(call_dup2(50, 50), 50, "dup2 onto itself");
	is(call_dup2(99, 51), -EBADF, "dup2 of none");
	is(call_dup2(99, 99), -EBADF, "onto itself neither");
	is(call_dup2(fd, -1), -EBADF, "dup2 to -1");
	is(call_dup2(fd, 1 << 28), -EBADF, "dup2 beyond the limit");
	is(syscall(SYS_dup3, fd, fd, 0), -EINVAL, "dup3 onto itself");
	is(syscall(SYS_dup3, fd, 52, O_CLOEXEC), 52, "dup3");
	is(call_fcntl(52, F_GETFD, 0), FD_CLOEXEC, "with O_CLOEXEC");
	is(call_fcntl(50, F_GETFD, 0), 0, "dup2 has it not");
	is(call_fcntl(fd, F_DUPFD, 60), 60, "F_DUPFD");
	is(call_fcntl(fd, F_DUPFD, 60), 61, "takes the next free one");
	is(call_fcntl(fd, F_DUPFD_CLOEXEC, 60), 62, "F_DUPFD_CLOEXEC");
	is(call_fcntl(62, F_GETFD, 0), FD_CLOEXEC, "sets it");
	is(call_fcntl(62, F_SETFD, 0), 0, "F_SETFD");
	is(call_fcntl(62, F_GETFD, 0), 0, "clears it");
	is(call_fcntl(fd, F_DUPFD, -1), -EINVAL, "F_DUPFD from -1");
	is(call_fcntl(fd, 9999, 0), -EINVAL, "an unknown command");
	is(call_fcntl(99, F_GETFD, 0), -EBADF, "fcntl on none");

	call_close(fd);
	other = call_open("a", O_RDONLY | O_CLOEXEC, 0);
	is(other, fd, "open takes the lowest that is free");
	is(call_fcntl(other, F_GETFD, 0), FD_CLOEXEC, "O_CLOEXEC");
	is(call_read(copy, buf, 1), 1, "a copy outlives the original");
	for (long i = other; i < 70; i++)
		call_close(i);
}

static void test_too_many(void)
{
	long fd, count = 0;

	while ((fd = call_open("/dev/null", O_RDONLY, 0)) >= 0 &&
	       count < 100000)
		count++;
	is(fd, -EMFILE, "too many open files (%ld)", count);
	is(call_dup(0), -EMFILE, "dup as well");

	int fds[2] = { -1, -1 };

	is(call_pipe2(fds, 0), -EMFILE, "and pipe2");
	for (fd = 3; fd < count + 10; fd++)
		call_close(fd);
	fd = call_open("/dev/null", O_RDONLY, 0);
	is(fd, 3, "closed again");
	call_close(fd);
}

/* ---- stat ------------------------------------------------------------------ */

static void test_stat(void)
{
	struct stat a, b;
	long fd = create("a", "12345");

	is(call_stat("a", &a), 0, "stat");
	is(call_fstat(fd, &b), 0, "fstat");
	is(a.st_ino, b.st_ino, "the same inode");
	is(a.st_size, 5, "size");
	is(a.st_mode, S_IFREG | 0644, "mode, less the umask");
	is(a.st_nlink, 1, "one link");
	is(a.st_uid, syscall(SYS_getuid), "owner");
	is(syscall(SYS_lstat, "a", &b), 0, "lstat");
	is(syscall(SYS_newfstatat, AT_FDCWD, "a", &b, 0), 0, "newfstatat");
	is(syscall(SYS_newfstatat, fd, "", &b, AT_EMPTY_PATH), 0,
	   "with AT_EMPTY_PATH");
	is(b.st_size, 5, "of the descriptor");
	is(syscall(SYS_newfstatat, AT_FDCWD, "a", &b, 0x8000000), -EINVAL,
	   "with unknown flags");
	is(call_fstat(99, &b), -EBADF, "fstat of none");
	is(call_stat("none", &b), -ENOENT, "stat of none");
	call_stat(".", &b);
	is(b.st_mode & S_IFMT, S_IFDIR, "a folder");
	call_stat("/dev/null", &b);
	is(b.st_mode & S_IFMT, S_IFCHR, "a device");
	is(b.st_rdev, makedev(1, 3), "/dev/null is 1:3");
	call_stat("/dev/zero", &b);
	is(b.st_rdev, makedev(1, 5), "/dev/zero is 1:5");
	is(syscall(SYS_access, "a", F_OK), 0, "access");
	is(syscall(SYS_access, "none", F_OK), -ENOENT, "of none");
	is(syscall(SYS_access, "a", 8), -EINVAL, "with an unknown mode");
	call_close(fd);
	call_unlink("a");
}

static void test_umask(void)
{
	struct stat stat;
	long old = syscall(SYS_umask, 077);

	call_close(call_open("m", O_CREAT | O_RDWR, 0666));
	call_stat("m", &stat);
	is(stat.st_mode, S_IFREG | 0600, "the umask takes bits away");
	is(syscall(SYS_umask, old), 077, "umask gives the old one");
	call_unlink("m");
}

/* ---- Directories ----------------------------------------------------------- */

/* The number of entries of a folder, and whether `name` is one of type. */
static int list(const char *path, const char *name, int type)
{
	long fd = call_open(path, O_RDONLY | O_DIRECTORY, 0), len;
	int count = 0, found = 0;

	while ((len = call_getdents64(fd, buf, 256)) > 0)
		for (long at = 0; at < len; count++) {
			struct linux_dirent64 *entry = (void *)(buf + at);

			at += entry->d_reclen;
			found += !strcmp(entry->d_name, name) &&
				 entry->d_type == type;
		}
	call_close(fd);
	return len < 0 ? len : found == 1 ? count : -ENOENT;
}

static void test_directories(void)
{
	char name[16];

	is(call_mkdir("d", 0755), 0, "mkdir");
	is(call_mkdir("d", 0755), -EEXIST, "mkdir again");
	is(call_mkdir("none/d", 0755), -ENOENT, "mkdir in none");
	is(call_mkdir("/", 0755), -EEXIST, "mkdir /");
	is(list("d", ".", DT_DIR), 2, "an empty folder has . and ..");
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "d/file%d", i);
		create_closed(name, "");
	}
	call_mkdir("d/sub", 0755);
	is(list("d", "file29", DT_REG), 33, "30 files and a folder");
	is(list("d", "sub", DT_DIR), 33, "of type DT_DIR");
	is(list("d", "..", DT_DIR), 33, "and .. is listed");
	is(call_rmdir("d"), -ENOTEMPTY, "rmdir of what is not empty");
	is(call_rmdir("d/file0"), -ENOTDIR, "rmdir of a file");
	is(call_unlink("d/sub"), -EISDIR, "unlink of a folder");
	is(call_rmdir("d/sub/."), -EINVAL, "rmdir of .");
	is(call_rmdir("none"), -ENOENT, "rmdir of none");
	is(call_rmdir("d/sub"), 0, "rmdir");
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "d/file%d", i);
		call_unlink(name);
	}
	is(list("d", ".", DT_DIR), 2, "all removed");
	is(call_getdents64(0, buf, 8192) < 0, 1, "getdents64 on no folder");
	is(call_rmdir("d"), 0, "and the folder too");
	is(list("/dev", "null", DT_CHR) > 3, 1, "/dev lists null");
}

static void test_working_directory(void)
{
	is(call_getcwd(buf, sizeof(buf)), sizeof(FOLDER),
	   "getcwd gives the length with its NUL");
	ok(!strcmp(buf, FOLDER), "the working directory is %s", FOLDER);
	is(call_getcwd(buf, sizeof(FOLDER) - 1), -ERANGE, "one byte less");
	call_mkdir("sub", 0755);
	is(call_chdir("sub"), 0, "chdir");
	create_closed("x", "deep");
	ok(holds(FOLDER "/sub/x", "deep"), "relative paths begin there");
	is(call_chdir(".."), 0, "chdir ..");
	ok(holds("sub/x", "deep"), "is back");
	is(call_chdir("sub/x"), -ENOTDIR, "chdir to a file");
	is(call_chdir("none"), -ENOENT, "chdir to none");
	call_unlink("sub/x");
	call_rmdir("sub");
}

/* ---- Removing, renaming ---------------------------------------------------- */

static void test_unlink(void)
{
	long fd = create("u", "still here");
	struct stat stat;

	is(call_unlink("u"), 0, "unlink of an open file");
	is(call_open("u", O_RDONLY, 0), -ENOENT, "its name is gone");
	is(call_pread64(fd, buf, 20, 0), 10, "its data is not");
	call_fstat(fd, &stat);
	is(stat.st_nlink, 0, "no link is left");
	is(call_write(fd, "!", 1), 1, "it can be written");
	call_close(fd);
	is(call_unlink("u"), -ENOENT, "unlink again");
	call_mkdir("folder", 0777);
	is(call_unlink("folder"), -EISDIR, "unlink a folder");
	call_rmdir("folder");
}

static void test_rename(void)
{
	create_closed("r1", "first");
	create_closed("r2", "second");
	is(call_rename("r1", "r3"), 0, "rename");
	ok(holds("r3", "first"), "to a new name");
	is(call_rename("r1", "r4"), -ENOENT, "the old one is gone");
	is(call_rename("r3", "r2"), 0, "rename over a file");
	ok(holds("r2", "first"), "replaces it");
	is(call_rename("r2", "r2"), 0, "rename to itself");
	call_mkdir("rd", 0755);
	is(call_rename("r2", "rd"), -EISDIR, "a file over a folder");
	is(call_rename("rd", "r2"), -ENOTDIR, "a folder over a file");
	is(call_rename("r2", "rd/x"), 0, "into a folder");
	is(call_rename("rd", "rd/y"), -EINVAL, "a folder into itself");
	call_mkdir("re", 0755);
	is(call_rename("re", "rd"), -ENOTEMPTY, "over a folder with files");
	is(call_rename("rd", "re"), 0, "over an empty folder");
	ok(holds("re/x", "first"), "with what is in it");
	is(call_rename("re/x", "none/x"), -ENOENT, "to a folder not there");
	call_unlink("re/x");
	is(call_rmdir("re"), 0, "tidy up");
}

/* ---- Devices --------------------------------------------------------------- */

static void test_devices(void)
{
	long null = call_open("/dev/null", O_RDWR, 0);
	long zero = call_open("/dev/zero", O_RDWR, 0);
	long random = call_open("/dev/urandom", O_RDONLY, 0);
	int dirty = 0, same = 0;

	is(call_write(null, buf, 100), 100, "/dev/null takes all");
	is(call_read(null, buf, 100), 0, "and gives nothing");
	memset(buf, 1, sizeof(buf));
	is(call_read(zero, buf, sizeof(buf)), sizeof(buf), "/dev/zero gives");
	for (unsigned i = 0; i < sizeof(buf); i++)
		dirty += buf[i] != 0;
	is(dirty, 0, "zeros");
	is(call_write(zero, buf, 100), 100, "and takes all");
	is(call_read(random, buf, 64), 64, "/dev/urandom");
	is(call_read(random, buf + 64, 64), 64, "again");
	for (int i = 0; i < 64; i++)
		same += buf[i] == buf[i + 64];
	ok(same < 16, "gives other bytes (%d equal)", same);
	is(call_fcntl(null, F_GETFL, 0) & O_ACCMODE, O_RDWR, "F_GETFL");
	is(call_ioctl(null, 0x5401, buf), -ENOTTY, "TCGETS on no terminal");
	call_close(null);
	null = call_open("/dev/full", O_RDWR, 0);
	is(call_write(null, buf, 1), -ENOSPC, "/dev/full has no room");
	buf[0] = 1;
	is(call_read(null, buf, 1), 1, "and reads");
	is(buf[0], 0, "as zeros");
	call_close(null);
	call_close(zero);
	call_close(random);
}

int main(void)
{
	syscall(SYS_umask, 022);
	call_mkdir("/tmp", 0777);
	is(call_mkdir(FOLDER, 0755), 0, "a folder of its own");
	call_chdir(FOLDER);
	test_open();
	test_dangling();
	test_append();
	call_unlink("a");
	call_unlink("log");
	test_paths();
	test_openat();
	test_seek();
	test_big_file();
	test_limit();
	test_bad_write();
	test_vectors();
	test_descriptors();
	test_too_many();
	test_stat();
	test_umask();
	test_directories();
	test_working_directory();
	test_unlink();
	test_rename();
	test_devices();
	call_chdir("/");
	is(call_rmdir(FOLDER), 0, "the folder is empty again");
	return tap_done();
}
