/*
 * The C library's part of a dynamically linked program's start and end.  It
 * takes the arguments that glibc's takes, so the host's crt1.o will do too.
 */
#include <stddef.h>

#include "user/lib/printf.h"
#include "user/lib/syscall.h"

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv,
		      void (*init)(void), void (*fini)(void),
		      void (*at_exit)(void));
_Noreturn void exit(int status);
_Noreturn void __stack_chk_fail(void);

char **environ;
static void (*run_destructors)(void); /* the dynamic linker's */

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv,
		      void (*init)(void), void (*fini)(void),
		      void (*at_exit)(void))
{
	(void)init;
	(void)fini;
	environ = argv + argc + 1;
	run_destructors = at_exit;
	exit(main(argc, argv, environ));
}

void exit(int status)
{
	if (run_destructors)
		run_destructors();
	call_exit_group(status);
}

/* Called by a function that finds its stack overwritten. */
void __stack_chk_fail(void)
{
	write_all(2, "stack overwritten\n", 18);
	call_kill(call_getpid(), SIGABRT);
	call_exit_group(127);
}
