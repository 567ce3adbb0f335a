/*
 * Prints the auxiliary vector that the kernel put on this program's stack, as
 * LD_SHOW_AUXV=1 does.
 */
#include "user/lib/printf.h"
#include "user/lib/start.h"

enum format { DECIMAL, HEX, STRING };

struct entry {
	const char *name;
	enum format format;
};

#define NAME(type, format) [type] = { #type, format }

static const struct entry entries[] = {
	NAME(AT_PHDR, HEX),
	NAME(AT_PHENT, DECIMAL),
	NAME(AT_PHNUM, DECIMAL),
	NAME(AT_PAGESZ, DECIMAL),
	NAME(AT_BASE, HEX),
	NAME(AT_FLAGS, HEX),
	NAME(AT_ENTRY, HEX),
	NAME(AT_UID, DECIMAL),
	NAME(AT_EUID, DECIMAL),
	NAME(AT_GID, DECIMAL),
	NAME(AT_EGID, DECIMAL),
	NAME(AT_PLATFORM, STRING),
	NAME(AT_HWCAP, HEX),
	NAME(AT_CLKTCK, DECIMAL),
	NAME(AT_SECURE, DECIMAL),
	NAME(AT_BASE_PLATFORM, STRING),
	NAME(AT_RANDOM, HEX),
	NAME(AT_HWCAP2, HEX),
	NAME(AT_EXECFN, STRING),
	NAME(AT_SYSINFO_EHDR, HEX),
	NAME(AT_MINSIGSTKSZ, DECIMAL),
};

static void print_entry(const Elf64_auxv_t *a)
{
	unsigned long value = a->a_un.a_val;
	const struct entry *entry = &entries[a->a_type];

	if (a->a_type >= sizeof(entries) / sizeof(entries[0]) || !entry->name)
		printf("AT_%-17lu %#lx\n", a->a_type, value);
	else if (entry->format == STRING)
		printf("%-20s %s\n", entry->name, (const char *)value);
	else if (entry->format == HEX)
		printf("%-20s 0x%lx\n", entry->name, value);
	else
		printf("%-20s %lu\n", entry->name, value);
}

int main(void)
{
	for (const Elf64_auxv_t *a = auxv; a->a_type != AT_NULL; a++)
		print_entry(a);
	return 0;
}
