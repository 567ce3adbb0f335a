/*
 * The state of the machine in one struct, for sysinfo.
 */
#ifndef KERNEL_ABI_SYSINFO_H
#define KERNEL_ABI_SYSINFO_H

#include <stdint.h>

#define SI_LOAD_SHIFT 16

struct sysinfo {
	int64_t uptime;    /* seconds */
	uint64_t loads[3]; /* 1, 5, 15 minutes, << SI_LOAD_SHIFT */
	uint64_t totalram; /* this and the next: in units of mem_unit */
	uint64_t freeram;
	uint64_t sharedram;
	uint64_t bufferram;
	uint64_t totalswap;
	uint64_t freeswap;
	uint16_t procs;
	uint16_t pad;
	uint64_t totalhigh;
	uint64_t freehigh;
	uint32_t mem_unit; /* bytes */
};

#endif
