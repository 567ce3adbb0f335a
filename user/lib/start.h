/*
 * What a program was started with: arguments, environment and the auxiliary
 * vector that the kernel put on its stack.
 */
#ifndef USER_LIB_START_H
#define USER_LIB_START_H

#include <stdint.h>

#include "kernel/abi/auxv.h"
#include "kernel/abi/elf.h"

extern char **environ;

/* The vector itself, ended by AT_NULL; start.c sets it. */
extern const Elf64_auxv_t *auxv;

/* Where crt0.S goes; `stack` is rsp at the program's first instruction. */
_Noreturn void __libc_start_main(long *stack);

/* The value of environment variable `name`, or NULL. */
char *getenv(const char *name);

/* The value of the auxiliary vector's entry `type`, or 0. */
unsigned long getauxval(unsigned long type);

_Noreturn void exit(int status);

#endif
