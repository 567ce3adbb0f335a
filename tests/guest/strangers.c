/* needs: names prctl procfs scheduling signals threads usage users */
/*
 * What one process may do to another and learn about it: by the ids of both,
 * for each kind of deed; that an open file of /proc/PID is good for that
 * process and that program alone; threads in /proc, and names that forge
 * nothing.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/prctl.h"
#include "kernel/abi/resource.h"
#include "tests/guest/thread.h"
#include "user/lib/file.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define A 4711
#define B 4712

/* Real, effective and saved. */
struct ids {
	uint32_t uid[3], gid[3];
};

static int become(const struct ids *ids)
{
	return syscall(SYS_setgroups, 0, NULL) ||
	       syscall(SYS_setresgid, ids->gid[0], ids->gid[1], ids->gid[2]) ||
	       syscall(SYS_setresuid, ids->uid[0], ids->uid[1], ids->uid[2]);
}

static int error_of(long result)
{
	return result < 0 ? (int)-result : 0;
}

/* A child that waits to be killed. `dumpable` -1: as it comes. */
static int start_target(const struct ids *ids, int dumpable)
{
	int ends[2];
	char byte;
	long pid;

	call_pipe2(ends, 0);
	pid = call_fork();
	if (pid == 0) {
		if (become(ids))
			exit(255);
		if (dumpable >= 0)
			syscall(SYS_prctl, PR_SET_DUMPABLE, dumpable, 0, 0, 0);
		call_write(ends[1], "!", 1);
		for (;;)
			syscall(SYS_pause);
	}
	call_close(ends[1]);
	call_read(ends[0], &byte, 1);
	call_close(ends[0]);
	return (int)pid;
}

static void end_target(int pid)
{
	call_kill(pid, SIGKILL);
	call_wait4(pid, NULL, 0, NULL);
}

/* ---- By the ids ------------------------------------------------------------- */

enum deed {
	KILL,
	NICE,
	AFFINITY,
	POLICY,
	PRLIMIT,
	MAPS,
	ENVIRON,
	EXE,
	DEEDS,
};

static const char *const deed_names[] = {
	"kill",    "setpriority", "sched_setaffinity", "sched_setscheduler",
	"prlimit", "maps",        "environ",           "exe",
};

static const struct stranger {
	const char *name;
	struct ids target, me;
	bool kill, sched, prlimit, trace;
	bool undumpable;
} strangers[] = {
	{ "one's own user's",
	  { { A, A, A }, { A, A, A } },
	  { { A, A, A }, { A, A, A } },
	  true,
	  true,
	  true,
	  true,
	  false },
	{ "the same, not dumpable",
	  { { A, A, A }, { A, A, A } },
	  { { A, A, A }, { A, A, A } },
	  true,
	  true,
	  true,
	  false,
	  true },
	{ "root's",
	  { { 0, 0, 0 }, { 0, 0, 0 } },
	  { { A, A, A }, { A, A, A } },
	  false,
	  false,
	  false,
	  false,
	  false },
	{ "by root",
	  { { A, B, A }, { A, B, A } },
	  { { 0, 0, 0 }, { 0, 0, 0 } },
	  true,
	  true,
	  true,
	  true,
	  true },
	{ "root's, by root with another effective user",
	  { { 0, 0, 0 }, { 0, 0, 0 } },
	  { { 0, A, 0 }, { 0, 0, 0 } },
	  true,
	  false,
	  true,
	  false,
	  false },
	{ "root's with our effective user",
	  { { 0, A, 0 }, { A, A, A } },
	  { { A, A, A }, { A, A, A } },
	  false,
	  false,
	  false,
	  false,
	  false },
	{ "one with another real user",
	  { { B, A, A }, { A, A, A } },
	  { { A, A, A }, { A, A, A } },
	  true,
	  true,
	  false,
	  false,
	  false },
	{ "one with another effective and saved user",
	  { { A, B, B }, { A, A, A } },
	  { { A, A, A }, { A, A, A } },
	  true,
	  true,
	  false,
	  false,
	  false },
	{ "one whose saved user alone is ours",
	  { { B, B, A }, { A, A, A } },
	  { { A, A, A }, { A, A, A } },
	  true,
	  false,
	  false,
	  false,
	  false },
	{ "one whose effective user alone is ours",
	  { { B, A, B }, { A, A, A } },
	  { { A, A, A }, { A, A, A } },
	  false,
	  true,
	  false,
	  false,
	  false },
	{ "one with another saved group",
	  { { A, A, A }, { A, A, B } },
	  { { A, A, A }, { A, A, A } },
	  true,
	  true,
	  false,
	  false,
	  false },
	{ "our effective user's, our real one another",
	  { { A, A, A }, { A, A, A } },
	  { { B, A, A }, { A, A, A } },
	  true,
	  true,
	  false,
	  true,
	  false },
};

static const struct stranger *current;
static int target;

static int open_file(const char *name)
{
	char path[64];
	long fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", target, name);
	fd = call_open(path, O_RDONLY, 0);
	if (fd >= 0)
		call_close((int)fd);
	return error_of(fd);
}

static int read_link(const char *name)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", target, name);
	return error_of(syscall(SYS_readlink, path, text, sizeof(text)));
}

/* In a child: the error of the deed. */
static int do_it(void *arg)
{
	uint64_t cpus = ~0ul;
	uint32_t priority = 0;
	struct rlimit limit;

	if (become(&current->me))
		return 255;
	switch ((enum deed)(long)arg) {
	case KILL:
		return error_of(call_kill(target, 0));
	case NICE:
		return error_of(
			syscall(SYS_setpriority, PRIO_PROCESS, target, 19));
	case AFFINITY:
		return error_of(
			syscall(SYS_sched_setaffinity, target, 8, &cpus));
	case POLICY:
		return error_of(
			syscall(SYS_sched_setscheduler, target, 0, &priority));
	case PRLIMIT:
		return error_of(syscall(SYS_prlimit64, target, RLIMIT_NOFILE,
					NULL, &limit));
	case MAPS:
		return open_file("maps");
	case ENVIRON:
		return open_file("environ");
	case EXE:
		return read_link("exe");
	default:
		return 255;
	}
}

static int expected(const struct stranger *s, enum deed deed)
{
	if (deed == KILL)
		return s->kill ? 0 : EPERM;
	if (deed <= POLICY)
		return s->sched ? 0 : EPERM;
	if (deed == PRLIMIT)
		return s->prlimit ? 0 : EPERM;
	return s->trace ? 0 : EACCES;
}

static void test_ids(void)
{
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		current = &strangers[i];
		target = start_target(&current->target, !current->undumpable);
		for (long deed = 0; deed < DEEDS; deed++) {
			/* root of a container may lack CAP_SYS_RESOURCE */
			if (deed == PRLIMIT && !current->me.uid[1] &&
			    !on_colonel())
				continue;
			child_exits(do_it, (void *)deed,
				    expected(current, (enum deed)deed),
				    "%s: %s", deed_names[deed], current->name);
		}
		end_target(target);
	}
}

/* ---- Dumpable --------------------------------------------------------------- */

static long dumpable(void)
{
	return syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
}

static uint32_t owner_of(const char *path)
{
	struct stat stat = { .st_uid = UINT32_MAX };

	call_stat(path, &stat);
	return stat.st_uid;
}

/* Each step that is wrong is a bit of the exit status. */
static int change_ids(void *arg)
{
	int wrong = 0;

	(void)arg;
	syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	syscall(SYS_setresuid, A, -1, -1);
	wrong |= dumpable() != 1;
	syscall(SYS_setresgid, -1, A, -1);
	wrong |= (dumpable() == 1) << 1;
	syscall(SYS_setresuid, A, A, A);
	wrong |= (owner_of("/proc/self/environ") != 0) << 2;
	wrong |= (owner_of("/proc/self") != A) << 3;
	wrong |= (call_open("/proc/self/environ", O_RDONLY, 0) != -EACCES) << 4;
	wrong |= (call_open("/proc/self/fd", O_RDONLY, 0) < 0) << 5;
	syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	wrong |= (owner_of("/proc/self/environ") != A) << 6;
	wrong |= (call_open("/proc/self/environ", O_RDONLY, 0) < 0) << 7;
	return wrong;
}

static int check_no_new_privs(void *arg)
{
	(void)arg;
	return (int)syscall(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

static int want_no_new_privs(void *arg)
{
	(void)arg;
	return syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       in_child(check_no_new_privs, NULL) != EXITED(1);
}

static void test_dumpable(void)
{
	child_exits(change_ids, NULL, 0,
		    "a change of effective ids makes undumpable");
	is(syscall(SYS_prctl, PR_SET_DUMPABLE, 2, 0, 0, 0), -EINVAL,
	   "PR_SET_DUMPABLE takes 0 and 1");
	is(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), -EINVAL,
	   "PR_SET_NO_NEW_PRIVS takes 1");
	child_exits(check_no_new_privs, NULL, 0, "it is not set");
	child_exits(want_no_new_privs, NULL, 0, "and is inherited");
}

/* ---- The process and the program that were meant ---------------------------- */

static const char *const files[] = {
	"stat", "status", "statm", "cmdline", "comm",
	"maps", "limits", "mem",   "environ", "oom_score_adj",
};
#define FILES (sizeof(files) / sizeof(files[0]))

#define DOTS 48 /* bytes of the entries "." and ".." */

static int fds[FILES];

static void open_all(int pid)
{
	char path[64];

	for (size_t i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		fds[i] = (int)call_open(path, O_RDONLY, 0);
		ok(fds[i] >= 0, "%s of a child is opened", files[i]);
	}
}

static int variable = 1;

static long read_of(size_t i)
{
	char buffer[64];
	bool mem = !strcmp(files[i], "mem");

	return call_pread64(fds[i], buffer, sizeof(buffer),
			    mem ? (long)&variable : 0);
}

/* The files that go by the program's memory, and not only by the process. */
static bool is_memory(const char *name)
{
	return !strcmp(name, "mem") || !strcmp(name, "maps") ||
	       !strcmp(name, "environ");
}

static void test_dead(void)
{
	static const struct ids root;
	int pid = start_target(&root, 1), directory, task;
	char path[64];
	char entries[512];

	open_all(pid);
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	directory = (int)call_open(path, O_RDONLY | O_DIRECTORY, 0);
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	task = (int)call_open(path, O_RDONLY | O_DIRECTORY, 0);
	for (size_t i = 0; i < FILES; i++)
		ok(read_of(i) > 0, "and read: %s", files[i]);
	end_target(pid);
	for (size_t i = 0; i < FILES; i++) {
		long got = read_of(i), reopened;

		/* what is the memory's is empty then, on some Linux */
		ok(got == -ESRCH || (got == 0 && is_memory(files[i])),
		   "%s of a dead process has nothing", files[i]);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[i]);
		reopened = call_open(path, O_RDONLY, 0);
		call_close(fds[i]);
		fds[i] = (int)reopened;
		ok(fds[i] < 0 || read_of(i) <= 0, "nor opened again");
		call_close(fds[i]);
	}
	ok(call_getdents64(directory, entries, sizeof(entries)) <= DOTS,
	   "nor has fd/ entries");
	is(call_openat(directory, "0", O_RDONLY, 0), -ENOENT, "nor a file");
	ok(call_getdents64(task, entries, sizeof(entries)) <= DOTS,
	   "nor task/ any");
	call_close(directory);
	call_close(task);
}

static void test_next_program(char *self)
{
	char *const argv[] = { self, "say and wait", NULL };
	int go[2], said[2];
	char byte;
	long pid;

	call_pipe2(go, 0);
	call_pipe2(said, 0);
	pid = call_fork();
	if (pid == 0) {
		call_read(go[0], &byte, 1);
		call_dup2(said[1], 1);
		call_execve("/proc/self/exe", argv, environ);
		exit(1);
	}
	open_all((int)pid);
	call_write(go[1], "!", 1);
	call_read(said[0], &byte, 1);
	for (size_t i = 0; i < FILES; i++) {
		if (is_memory(files[i]))
			is(read_of(i), 0, "%s is not of the next program",
			   files[i]);
		else
			ok(read_of(i) > 0, "%s is", files[i]);
		call_close(fds[i]);
	}
	end_target((int)pid);
	for (int i = 0; i < 2; i++) {
		call_close(go[i]);
		call_close(said[i]);
	}
}

/* ---- Threads and names ------------------------------------------------------ */

static struct thread other;
static uint32_t word;
static char seen[32];

static void wait_and_look(void *arg)
{
	int fd;

	(void)arg;
	while (!__atomic_load_n(&word, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL);
	fd = (int)call_open("/proc/thread-self/comm", O_RDONLY, 0);
	call_read(fd, seen, sizeof(seen) - 1);
	call_close(fd);
}

static long write_text(const char *path, const char *text)
{
	int fd = (int)call_open(path, O_WRONLY, 0);
	long result = fd < 0 ? fd : call_write(fd, text, strlen(text));

	if (fd >= 0)
		call_close(fd);
	return result;
}

static void test_threads(void)
{
	long tid = thread_start(&other, wait_and_look, NULL);
	char path[64], text[64] = "", expected_text[64];
	struct stat stat;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/comm", tid);
	is(write_text(path, "other"), 5, "another thread gets a name");
	snprintf(path, sizeof(path), "/proc/self/task/%ld/stat", tid);
	is(call_stat(path, &stat), 0, "and has a stat");
	call_stat("/proc/self/task", &stat);
	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/status", call_getpid(),
		 call_getpid());
	is(call_stat(path, &stat), 0, "so has the first");
	is(call_stat("/proc/self/task/1", &stat), -ENOENT,
	   "a stranger is no thread of ours");
	syscall(SYS_readlink, "/proc/thread-self", text, sizeof(text) - 1);
	snprintf(expected_text, sizeof(expected_text), "%ld/task/%ld",
		 call_getpid(), call_getpid());
	ok(!strcmp(text, expected_text), "thread-self is %s", text);
	__atomic_store_n(&word, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL);
	thread_join(&other);
	ok(!strcmp(seen, "other\n"), "which the thread sees");
	is(write_text("/proc/1/comm", "mine"), -EINVAL,
	   "another process gets none");
}

static void test_name(void)
{
	char *status;

	syscall(SYS_prctl, PR_SET_NAME, "a\nUid: 0 \\", 0, 0, 0);
	file_load("/proc/self/status", &status);
	ok(!strncmp(status, "Name:\ta\\nUid: 0 \\\\\n", 19),
	   "a name forges no line");
	file_drop(status);
}

static void test_limits(void)
{
	char *text;

	file_load("/proc/self/limits", &text);
	ok(!strncmp(text,
		    "Limit                     Soft Limit           "
		    "Hard Limit           Units     \n"
		    "Max cpu time              ",
		    68 + 6 + 26),
	   "limits has Linux's columns");
	file_drop(text);
	is(write_text("/proc/self/oom_score_adj", "500\n"), 4,
	   "oom_score_adj can be raised");
	is(write_text("/proc/self/oom_score_adj", "1001"), -EINVAL,
	   "to 1000 at most");
}

static void test_seek(void)
{
	int fd = (int)call_open("/proc/self/mem", O_RDONLY, 0);

	call_lseek(fd, INT64_MAX, SEEK_SET);
	is(call_lseek(fd, INT64_MAX, SEEK_CUR), -2,
	   "positions in mem are addresses, and go round");
	call_close(fd);
}

/* ---- What the kernel tells of itself ---------------------------------------- */

static bool has_text(const char *path, const char *text)
{
	char *content;
	bool found = false;

	if (file_load(path, &content) < 0)
		return false;
	found = strstr(content, text);
	file_drop(content);
	return found;
}

static void test_where(void)
{
	static const struct ids root;
	int pid = start_target(&root, 1);
	char path[64], *text;
	long wait_call = -1;

	/* it is about to sleep, or sleeps */
	for (int i = 0; i < 1000 && wait_call != SYS_pause; i++) {
		snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
		if (file_load(path, &text) < 0)
			break;
		wait_call = strncmp(text, "34 0x", 5) ? -1 : SYS_pause;
		file_drop(text);
		call_sched_yield();
	}
	if (on_colonel()) {
		is(wait_call, SYS_pause, "a process sleeps in pause(2)");
		snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
		ok(!has_text(path, "0") && has_text(path, "s"),
		   "and in a function of the kernel's");
	}
	end_target(pid);
}

static void test_settings(void)
{
	static const char *const paths[] = {
		"/proc/sys/kernel/hostname",  "/proc/sys/kernel/ostype",
		"/proc/sys/kernel/tainted",   "/proc/sys/kernel/core_pattern",
		"/proc/sys/kernel/pid_max",   "/proc/sys/vm/overcommit_memory",
		"/proc/sys/fs/pipe-max-size",
	};
	long log = syscall(SYS_syslog, 10, NULL, 0);
	char line[256];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		ok(has_text(paths[i], "\n"), "%s", paths[i]);
	ok(log > 0 || log == -EPERM, "the log has a size");
	if (!on_colonel())
		return;
	is(write_text("/proc/sys/kernel/hostname", "sanders\n"), 8,
	   "the host gets a name");
	ok(has_text("/proc/sys/kernel/hostname", "sanders\n"), "and has it");
	write_text("/proc/sys/kernel/hostname", "colonel");
	ok(has_text("/proc/kallsyms", " t kernel_main\n"),
	   "kallsyms has the kernel's functions");
	ok(syscall(SYS_syslog, 3, line, sizeof(line)) > 0,
	   "and the log what it said");
}

/* With few numbers one comes back soon: a file of the process that had it
 * first is not the next one's. */
static void test_number(void)
{
	static const struct ids root;
	char path[64], pid_max[16];
	int first = start_target(&root, 1), fd, last = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", first);
	fd = (int)call_open(path, O_RDONLY, 0);
	snprintf(pid_max, sizeof(pid_max), "%d", first < 301 ? 301 : first + 2);
	is(write_text("/proc/sys/kernel/pid_max", "300"), -EINVAL,
	   "some numbers there must be");
	is(write_text("/proc/sys/kernel/pid_max", pid_max),
	   (long)strlen(pid_max), "but few will do");
	end_target(first);
	for (int i = 0; i < 1000 && last != first; i++) {
		if (last)
			end_target(last);
		last = start_target(&root, 1);
		if (first < 300)
			break;
	}
	if (first >= 300) {
		is(last, first, "a number comes back");
		is(call_read(fd, path, sizeof(path)), -ESRCH,
		   "not to who was meant");
	}
	end_target(last);
	call_close(fd);
	write_text("/proc/sys/kernel/pid_max", "32768");
}

static bool may_become(void)
{
	static const struct ids ids = { { A, B, A }, { A, B, A } };
	int status = -1;
	long pid = call_fork();

	if (pid == 0)
		exit(become(&ids));
	call_wait4((int)pid, &status, 0, NULL);
	return status == EXITED(0);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "say and wait")) {
		call_write(1, "!", 1);
		for (;;)
			syscall(SYS_pause);
	}
	if (may_become()) {
		test_ids();
		test_dumpable();
		test_dead();
		test_where();
	} else {
		skip("this user is not root, or root of a small world", "ids");
	}
	test_next_program(argv[0]);
	test_threads();
	test_limits();
	test_seek();
	test_settings();
	if (on_colonel())
		test_number();
	test_name();
	return tap_done();
}
