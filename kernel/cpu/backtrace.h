/*
 * Backtraces of the kernel with names, from frame pointers and the symbol
 * table that the second link puts into the image (tools/ksyms).
 */
#ifndef KERNEL_CPU_BACKTRACE_H
#define KERNEL_CPU_BACKTRACE_H

#include <stdint.h>

/* Returns the name of the function that holds `address`, and sets how far in it
 * is; or NULL. */
const char *symbol_find(uint64_t address, uint64_t *offset);

/* Returns the symbol at a place in the table, and sets its address; NULL beyond
 * the end. */
const char *symbol_get(uint32_t place, uint64_t *address);

/* Prints one address and the function that it is in. */
void backtrace_print_line(uint64_t rip);

/* Prints `rip` and its callers, one line each. Follows only frame pointers
 * that point upwards into kernel memory. */
void backtrace_print(uint64_t rip, uint64_t rbp);

#endif
