/*
 * How a C library starts other programs, and waits: posix_spawn, popen,
 * system, exec in its forms, signals with all their flags, clocks, temporary
 * files, directories, environment, locale.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void say(const char *what, long value)
{
	printf("%s: %ld%s%s\n", what, value, value < 0 ? " " : "",
	       value < 0 ? strerror(errno) : "");
	fflush(stdout);
}

/* ---- Other programs -------------------------------------------------------------- */

static void test_spawn(void)
{
	char *const argv[] = { "sh", "-c", "echo spawned $X; exit 5", NULL };
	char *const env[] = { "X=by us", "PATH=/bin:/usr/bin", NULL };
	posix_spawn_file_actions_t actions;
	char text[64] = "";
	int fds[2], status;
	pid_t pid;

	pipe(fds);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
	posix_spawn_file_actions_addclose(&actions, fds[0]);
	say("posix_spawn",
	    posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, env));
	close(fds[1]);
	read(fds[0], text, sizeof(text) - 1);
	printf("it said %s", text);
	waitpid(pid, &status, 0);
	say("its status", WEXITSTATUS(status));
	say("of what is not there",
	    posix_spawn(&pid, "/no/such", NULL, NULL, argv, env));
	status = posix_spawnp(&pid, "sh", NULL, NULL, argv, env);
	waitpid(pid, NULL, 0);
	say("spawnp", status);
	close(fds[0]);
}

static void test_shell(void)
{
	char text[64] = "";
	FILE *pipe = popen("echo from a pipe; exit 3", "r");
	int status;

	fgets(text, sizeof(text), pipe);
	printf("popen: %s", text);
	status = pclose(pipe);
	say("pclose", WEXITSTATUS(status));
	pipe = popen("cat", "w");
	fprintf(pipe, "into a pipe\n");
	pclose(pipe);
	status = system("exit 7");
	say("system", WEXITSTATUS(status));
	status = system("kill -9 $$");
	say("a killed one", WTERMSIG(status));
	say("is there a shell", system(NULL) != 0);
}

static void test_exec(void)
{
	static const char *const names[] = { "/tmp", "/no/such", "/dev/null",
					     "/proc/self/status" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int status, error[2];
		pid_t pid;

		pipe2(error, O_CLOEXEC);
		pid = fork();
		if (pid == 0) {
			execl(names[i], "x", NULL);
			write(error[1], &errno, sizeof(errno));
			_exit(1);
		}
		waitpid(pid, &status, 0);
		status = 0;
		read(error[0], &status, sizeof(status));
		printf("exec of %s: %s\n", names[i], strerror(status));
		close(error[0]);
		close(error[1]);
	}
	fflush(stdout);
}

/* ---- Signals ----------------------------------------------------------------------- */

static volatile sig_atomic_t seen;
static sigjmp_buf back;

static void count(int signo)
{
	seen = signo;
}

static void on_info(int signo, siginfo_t *info, void *context)
{
	(void)context;
	seen = signo * 1000 + info->si_value.sival_int;
}

static void on_fault(int signo, siginfo_t *info, void *context)
{
	(void)context, (void)signo;
	siglongjmp(back, info->si_code == SEGV_MAPERR ? 1 : 2);
}

static char alternate[65536] __attribute__((aligned(16)));
static volatile int on_alternate;

static void where(int signo)
{
	char here;

	(void)signo;
	on_alternate = &here > alternate && &here < alternate + 65536;
}

static void test_signals(void)
{
	struct sigaction action = { .sa_sigaction = on_info,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	sigset_t set, old;
	siginfo_t info;
	struct timespec none = { 0, 0 };
	int code;

	sigaction(SIGRTMIN, &action, NULL);
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 42 });
	say("sigqueue", seen == SIGRTMIN * 1000 + 42);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, &old);
	raise(SIGUSR2);
	say("sigtimedwait", sigtimedwait(&set, &info, &none) == SIGUSR2);
	say("and none", sigtimedwait(&set, &info, &none));
	sigprocmask(SIG_SETMASK, &old, NULL);
	action.sa_sigaction = on_fault;
	sigaction(SIGSEGV, &action, NULL);
	code = sigsetjmp(back, 1);
	if (!code)
		*(volatile int *)16 = 1;
	say("a fault without memory", code);
	code = sigsetjmp(back, 1);
	if (!code)
		*(volatile int *)(void *)test_signals = 1;
	say("a fault against the rights", code);
	signal(SIGSEGV, SIG_DFL);
	sigaltstack(&stack, NULL);
	action.sa_handler = where;
	action.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	say("on the alternate stack", on_alternate);
}

static void test_interrupts(void)
{
	/* Again and again: the first may come before we are asleep. */
	struct itimerval timer = { { 0, 30000 }, { 0, 30000 } };
	struct sigaction action = { .sa_handler = count };
	struct pollfd none;
	char byte;
	int fds[2];

	pipe(fds);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	say("read", read(fds[0], &byte, 1));
	setitimer(ITIMER_REAL, &timer, NULL);
	say("poll", poll(&none, 0, 5000));
	setitimer(ITIMER_REAL, &timer, NULL);
	say("select", select(0, NULL, NULL, NULL, NULL));
	setitimer(ITIMER_REAL, &timer, NULL);
	say("wait", wait(NULL));
	setitimer(ITIMER_REAL, &timer, NULL);
	say("pause", pause());
	say("alarm", alarm(0));
	close(fds[0]);
	close(fds[1]);
}

/* ---- Files --------------------------------------------------------------------------- */

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void test_files(void)
{
	char folder[] = "/tmp/oracle-XXXXXX", path[64], text[32] = "";
	struct dirent **names;
	struct iovec parts[2] = { { "one ", 4 }, { "two", 3 } };
	struct stat stat;
	int fd, n;

	say("mkdtemp", mkdtemp(folder) != NULL);
	chdir(folder);
	fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);
	say("writev", writev(fd, parts, 2));
	say("pread", pread(fd, text, 31, 1));
	printf("read %s\n", text);
	say("again exclusively", open("file", O_CREAT | O_EXCL, 0600));
	fstat(fd, &stat);
	printf("mode %o size %ld links %ld\n", stat.st_mode & 07777,
	       (long)stat.st_size, (long)stat.st_nlink);
	say("link", link("file", "other"));
	say("symlink", symlink("file", "link"));
	say("readlink", readlink("link", text, sizeof(text)));
	say("mkdir", mkdir("dir", 0755));
	say("rmdir of a file", rmdir("file"));
	say("unlink of a folder", unlink("dir"));
	say("rename over a folder", rename("file", "dir"));
	say("rename", rename("other", "dir/other"));
	say("rmdir of one with files", rmdir("dir"));
	n = scandir(".", &names, NULL, by_name);
	for (int i = 0; i < n; i++)
		printf("%s ", names[i]->d_name);
	printf("\n");
	say("truncate", truncate("file", 3));
	stat.st_size = 0;
	lstat("file", &stat);
	say("size", stat.st_size);
	say("access", access("file", X_OK));
	say("open a file as a folder", open("file", O_DIRECTORY));
	say("open a folder to write", open("dir", O_WRONLY));
	say("through a file", open("file/x", O_RDONLY));
	say("no such file", open("none", O_RDONLY));
	snprintf(path, sizeof(path), "rm -r %s", folder);
	chdir("/");
	say("gone", system(path));
	close(fd);
}

static void test_rest(void)
{
	struct timespec time = { 0, 20000000 }, left, before, after;
	struct rlimit limit;
	struct utsname name;
	char *page;
	long ns;

	clock_gettime(CLOCK_MONOTONIC, &before);
	say("clock_nanosleep",
	    clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &left));
	clock_gettime(CLOCK_MONOTONIC, &after);
	ns = (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec -
	     before.tv_nsec;
	say("long enough", ns >= 20000000);
	uname(&name);
	printf("%s on %s\n", name.sysname, name.machine);
	say("getrlimit", getrlimit(RLIMIT_STACK, &limit));
	page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say("mprotect", mprotect(page, 4096, PROT_READ | PROT_WRITE));
	page[5] = 1;
	say("munmap", munmap(page, 4096));
	say("mmap of nothing",
	    mmap(NULL, 0, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED);
	say("setenv", setenv("A", "b", 1));
	printf("%s\n", getenv("A"));
	say("atoi", atoi("123"));
	printf("%.3f %g\n", 1.0 / 3, 1e100);
	say("close of nothing", close(77));
	say("dup of nothing", dup(77));
	say("lseek in a pipe", lseek(0, 0, SEEK_CUR));
	say("kill nobody", kill(0x7ffffff0, 0));
	say("waitpid for nobody", waitpid(0x7ffffff0, NULL, 0));
	say("no such signal", kill(getpid(), 99));
}

int main(void)
{
	test_spawn();
	test_shell();
	test_exec();
	test_signals();
	test_interrupts();
	test_files();
	test_rest();
	return 0;
}
