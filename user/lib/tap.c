/*
 * Test Anything Protocol.
 */
#include "user/lib/tap.h"

#include "kernel/abi/errno.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"

#define CORE_DUMPED 0x80

static int checks;
static int failures;

static bool report(bool pass, const char *name, va_list args)
{
	char text[160];

	vsnprintf(text, sizeof(text), name, args);
	if (!pass)
		failures++;
	printf("%sok %d - %s\n", pass ? "" : "not ", ++checks, text);
	return pass;
}

bool ok(bool pass, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	report(pass, name, args);
	va_end(args);
	return pass;
}

static void diag_value(const char *what, long value)
{
	if (value < 0 && value >= -4095)
		diag("%s -%s", what, errno_name(value));
	else
		diag("%s %ld (%#lx)", what, value, value);
}

bool is(long got, long expected, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	if (!report(got == expected, name, args)) {
		diag_value("     got", got);
		diag_value("expected", expected);
	}
	va_end(args);
	return got == expected;
}

void skip(const char *why, const char *name, ...)
{
	char text[160];
	va_list args;

	va_start(args, name);
	vsnprintf(text, sizeof(text), name, args);
	va_end(args);
	printf("ok %d - %s # SKIP %s\n", ++checks, text, why);
}

void diag(const char *text, ...)
{
	char line[200];
	va_list args;

	va_start(args, text);
	vsnprintf(line, sizeof(line), text, args);
	va_end(args);
	printf("# %s\n", line);
}

int in_child(int (*function)(void *arg), void *arg)
{
	int status = 0;
	long pid = call_fork();

	if (pid == 0)
		exit(function(arg));
	if (pid > 0)
		pid = call_wait4(pid, &status, 0, NULL);
	return pid < 0 ? pid : status;
}

static const char *status_text(char *text, size_t size, int status)
{
	if (status < 0)
		snprintf(text, size, "no child: -%s", errno_name(status));
	else if (WIFEXITED(status))
		snprintf(text, size, "exit %d", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		snprintf(text, size, "signal %d", WTERMSIG(status));
	else
		snprintf(text, size, "status %#x", status);
	return text;
}

static bool report_status(int got, int expected, const char *name, va_list args)
{
	char text[40];
	bool pass = got == expected || got == (expected | CORE_DUMPED);

	if (!report(pass, name, args)) {
		diag("     got %s", status_text(text, sizeof(text), got));
		diag("expected %s", status_text(text, sizeof(text), expected));
	}
	return pass;
}

bool child_exits(int (*function)(void *arg), void *arg, int code,
		 const char *name, ...)
{
	va_list args;

	va_start(args, name);
	bool pass = report_status(in_child(function, arg), EXITED(code), name,
				  args);
	va_end(args);
	return pass;
}

bool child_dies(int (*function)(void *arg), void *arg, int sig,
		const char *name, ...)
{
	va_list args;

	va_start(args, name);
	bool pass = report_status(in_child(function, arg), KILLED(sig), name,
				  args);
	va_end(args);
	return pass;
}

bool on_colonel(void)
{
	return syscall(SYS_number_of_the_beast) != -ENOSYS;
}

int tap_done(void)
{
	printf("1..%d\n", checks);
	if (failures)
		diag("%d of %d failed", failures, checks);
	return failures != 0;
}
