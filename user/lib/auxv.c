/*
 * The auxiliary vector, printed as glibc's LD_SHOW_AUXV=1 prints it.
 */
#include "user/lib/auxv.h"

#include "kernel/abi/auxv.h"
#include "user/lib/printf.h"

struct entry {
	const char *name;
	const char *format;
};

#define DECIMAL             "%lu"
#define HEX                 "0x%lx"
#define ENTRY(name, format) [AT_##name] = { #name ":", format }

static const struct entry entries[] = {
	ENTRY(PHDR, HEX),         ENTRY(PHENT, DECIMAL),
	ENTRY(PHNUM, DECIMAL),    ENTRY(PAGESZ, DECIMAL),
	ENTRY(BASE, HEX),         ENTRY(FLAGS, HEX),
	ENTRY(ENTRY, HEX),        ENTRY(UID, DECIMAL),
	ENTRY(EUID, DECIMAL),     ENTRY(GID, DECIMAL),
	ENTRY(EGID, DECIMAL),     ENTRY(PLATFORM, "%s"),
	ENTRY(HWCAP, "%lx"),      ENTRY(CLKTCK, DECIMAL),
	ENTRY(SECURE, DECIMAL),   ENTRY(RANDOM, HEX),
	ENTRY(HWCAP2, HEX),       ENTRY(EXECFN, "%s"),
	ENTRY(SYSINFO_EHDR, HEX), ENTRY(MINSIGSTKSZ, DECIMAL),
};

void auxv_print(const Elf64_auxv_t *auxv)
{
	for (const Elf64_auxv_t *a = auxv; a->a_type != AT_NULL; a++) {
		const struct entry *entry = &entries[a->a_type];

		if (a->a_type >= sizeof(entries) / sizeof(*entries) ||
		    !entry->name) {
			printf("AT_??? (0x%lx): 0x%lx\n", a->a_type,
			       a->a_un.a_val);
			continue;
		}
		printf("AT_%-19s", entry->name);
		printf(entry->format, a->a_un.a_val);
		printf("\n");
	}
}
