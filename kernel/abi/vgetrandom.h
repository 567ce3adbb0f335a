/*
 * How a program has to map memory for the states of the vDSO's getrandom(): what
 * __vdso_getrandom(NULL, 0, 0, &params, ~0ul) fills in (linux/random.h since
 * Linux 6.11); and the type of that memory (linux/mman.h).
 */
#ifndef KERNEL_ABI_VGETRANDOM_H
#define KERNEL_ABI_VGETRANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/mman.h"

/* A type of mapping, as MAP_PRIVATE: private, wiped by a fork, and the kernel may
 * take its pages away, which read as zeros afterwards. */
#define MAP_DROPPABLE 0x08

struct vgetrandom_opaque_params {
	uint32_t size_of_opaque_state; /* none may reach across two pages */
	uint32_t mmap_prot;            /* for mmap(), of many states at once */
	uint32_t mmap_flags;
	uint32_t reserved[13];
};

#endif
