/*
 * Backtraces of the kernel with names, from frame pointers and the symbol
 * table that the second link puts into the image (tools/ksyms).
 */
#ifndef KERNEL_CPU_BACKTRACE_H
#define KERNEL_CPU_BACKTRACE_H

#include <stdint.h>

/* The function that holds `address`, and how far in; NULL: none. */
const char *symbol_find(uint64_t address, uint64_t *offset);

/* The symbol at a place in the table, and its address; NULL beyond the end. */
const char *symbol_get(uint32_t place, uint64_t *address);

/* One address and the function that it is in. */
void backtrace_print_line(uint64_t rip);

/* Prints `rip` and its callers, one line each. Follows only frame pointers
 * that point upwards into kernel memory. */
void backtrace_print(uint64_t rip, uint64_t rbp);

#endif
