/*
 * Does, on demand, what a program must not do, to show what happens: the
 * process dies of a signal, the kernel reports why, and the prompt answers.
 */
#include "kernel/abi/errno.h"
#include "user/lib/printf.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"

struct crash {
	const char *name;
	const char *what;
	void (*happen)(void);
};

static void read_null(void)
{
	(void)*(volatile int *)0;
}

/* The page below the image is the last of [vvar]. */
static void write_vvar(void)
{
	*(volatile int *)(getauxval(AT_SYSINFO_EHDR) - 4096) = 42;
}

static void write_vdso(void)
{
	*(volatile int *)getauxval(AT_SYSINFO_EHDR) = 42;
}

static void execute_stack(void)
{
	volatile unsigned char code[] = { 0xc3 }; /* ret */

	((void (*)(void))code)();
}

static void read_kernel(void)
{
	(void)*(volatile int *)0xffffffff80000000;
}

static void divide_by_zero(void)
{
	int quotient = 1, remainder = 0;

	asm volatile("divl %2" : "+a"(quotient), "+d"(remainder) : "r"(0));
}

static void undefined_instruction(void)
{
	asm volatile("ud2");
}

/* The compiler must not see that this never ends. */
static volatile int deeper = 1;

static void overflow_stack(void)
{
	volatile char frame[4096];

	frame[0] = 0;
	if (deeper)
		overflow_stack();
	frame[1] = frame[0];
}

static const struct crash crashes[] = {
	{ "null", "read at address 0", read_null },
	{ "vvar", "write to the kernel's data page", write_vvar },
	{ "vdso", "write to the vDSO's code", write_vdso },
	{ "stack", "execute the stack", execute_stack },
	{ "kernel", "read the kernel's memory", read_kernel },
	{ "div", "divide by zero", divide_by_zero },
	{ "ud2", "execute an undefined instruction", undefined_instruction },
	{ "overflow", "use more stack than there is", overflow_stack },
};

#define CRASHES (sizeof(crashes) / sizeof(crashes[0]))

static const char *signal_name(int sig)
{
	return sig == SIGSEGV  ? "SIGSEGV"
	       : sig == SIGBUS ? "SIGBUS"
	       : sig == SIGILL ? "SIGILL"
	       : sig == SIGFPE ? "SIGFPE"
			       : "another signal";
}

/* In a child of its own each; the exit status tells whether all died. */
static int crash_all(void)
{
	int survivors = 0;

	for (unsigned i = 0; i < CRASHES; i++) {
		int status = 0;
		long pid = call_fork();

		if (pid == 0) {
			crashes[i].happen();
			exit(0);
		}
		if (pid > 0)
			call_wait4(pid, &status, 0, NULL);
		if (!WIFSIGNALED(status))
			survivors++;
		printf("%-10s %s\n", crashes[i].name,
		       pid < 0               ? errno_name(pid)
		       : WIFSIGNALED(status) ? signal_name(WTERMSIG(status))
					     : "survived");
	}
	return survivors != 0;
}

static void usage(int fd)
{
	dprintf(fd, "usage: crash all | NAME, where NAME does this:\n");
	for (unsigned i = 0; i < CRASHES; i++)
		dprintf(fd, "  %-10s %s\n", crashes[i].name, crashes[i].what);
}

int main(int argc, char **argv)
{
	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "--help"))) {
		usage(1);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "all"))
		return crash_all();
	for (unsigned i = 0; argc == 2 && i < CRASHES; i++)
		if (!strcmp(argv[1], crashes[i].name)) {
			crashes[i].happen();
			printf("crash: survived\n");
			return 1;
		}
	usage(2);
	return 2;
}
