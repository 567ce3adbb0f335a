/* Boot-time instruction patching: see kernel/abi/patch.h. */
#include "kernel/cpu/patch.h"

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/lib/string.h"

static bool wanted(uint8_t feature)
{
	switch (feature) {
	case PATCH_SMAP:
		return cpu_has(CPU_SMAP);
	case PATCH_RDTSCP:
		/* AMD's RDTSCP holds up all that follows: LFENCE; RDTSC does
		 * not, and a call takes 6 % less there */
		return cpu_has(CPU_RDTSCP) && !cpu_has(CPU_LFENCE_ORDERS);
	case PATCH_RDPID:
		return cpu_has(CPU_RDPID);
	}
	return false;
}

void patch_apply(const struct patch *first, const struct patch *end, void *text,
		 void *text_end)
{
	for (const struct patch *p = first; p < end; p++) {
		uint8_t *site = (uint8_t *)p + p->site;

		if (p->length > PATCH_MAX_LENGTH || site < (uint8_t *)text ||
		    site + p->length > (uint8_t *)text_end)
			panic("patch entry at %#lx points outside its text",
			      (uint64_t)p);
		if (wanted(p->feature))
			memcpy(site, p->code, p->length);
	}
}
