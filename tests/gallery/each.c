/*
 * Runs each program that it is given, and prints its path, what it printed,
 * and how it ended: " exit=N" or " signal=N".
 */
#include <stddef.h>

#include "kernel/abi/wait.h"
#include "user/lib/printf.h"
#include "user/lib/syscall.h"

static void run(char *path)
{
	char *arguments[] = { path, NULL }, *environment[] = { NULL };
	int status = 0;
	long child = call_fork();

	if (!child) {
		call_execve(path, arguments, environment);
		call_exit_group(127);
	}
	call_wait4(child, &status, 0, NULL);
	if (status & 0x7f)
		printf("end %s signal=%d\n", path, status & 0x7f);
	else
		printf("end %s exit=%d\n", path, status >> 8);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		printf("begin %s\n", argv[i]);
		run(argv[i]);
	}
	return 0;
}
