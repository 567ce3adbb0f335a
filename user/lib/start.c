/*
 * From _start to main(): what the C library calls __libc_start_main().  Finds
 * the auxiliary vector, binds the vDSO's functions once, calls main() and
 * exits with what it returns.
 */
#include "user/lib/start.h"

#include <stddef.h>

#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/vsyscall.h"

/* The program's; it may leave out what it does not need. */
int main(int argc, char **argv, char **envp);

char **environ;
const Elf64_auxv_t *auxv;

char *getenv(const char *name)
{
	size_t len = strlen(name);

	for (char **env = environ; *env; env++)
		if (!strncmp(*env, name, len) && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

unsigned long getauxval(unsigned long type)
{
	for (const Elf64_auxv_t *a = auxv; a->a_type != AT_NULL; a++)
		if (a->a_type == type)
			return a->a_un.a_val;
	return 0;
}

void exit(int status)
{
	call_exit_group(status);
}

/* On the stack: argc, argv…, NULL, envp…, NULL, the auxiliary vector. */
void __libc_start_main(long *stack)
{
	int argc = stack[0];
	char **argv = (char **)(stack + 1);
	char **env = argv + argc + 1;

	environ = env;
	while (*env)
		env++;
	auxv = (const Elf64_auxv_t *)(env + 1);

	vsyscall_bind((const void *)getauxval(AT_SYSINFO_EHDR));
	exit(main(argc, argv, environ));
}
