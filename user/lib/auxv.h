/*
 * Showing the auxiliary vector.
 */
#ifndef USER_LIB_AUXV_H
#define USER_LIB_AUXV_H

#include "kernel/abi/elf.h"

/* Prints each entry up to AT_NULL, as glibc's LD_SHOW_AUXV=1 does. */
void auxv_print(const Elf64_auxv_t *auxv);

#endif
