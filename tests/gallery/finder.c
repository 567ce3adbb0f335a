/*
 * A finder of the kind that Linux's own tests used for years (parse_vdso.c) and
 * that many programs copied: DT_HASH only, STT_FUNC only, the version compared.
 * Prints which functions it finds, and whether the first answers. It stands on
 * user/lib, not on a C library that the image may break, and has not set %fs.
 */
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/auxv.h"
#include "kernel/abi/elf.h"
#include "kernel/abi/time.h"
#include "user/lib/printf.h"
#include "user/lib/start.h"
#include "user/lib/string.h"

static const char *const wanted[] = { "__vdso_clock_gettime",
				      "__vdso_gettimeofday", "__vdso_time",
				      "__vdso_getcpu" };

struct found {
	const char *image, *strings;
	const Elf64_Sym *symbols;
	const uint32_t *hash;
	const uint16_t *versions;
	const Elf64_Verdef *definitions;
};

static void read_dynamic(struct found *f, const Elf64_Dyn *dyn)
{
	for (; dyn->d_tag != DT_NULL; dyn++) {
		const void *at = f->image + dyn->d_un.d_val;

		if (dyn->d_tag == DT_STRTAB)
			f->strings = at;
		else if (dyn->d_tag == DT_SYMTAB)
			f->symbols = at;
		else if (dyn->d_tag == DT_HASH)
			f->hash = at;
		else if (dyn->d_tag == DT_VERSYM)
			f->versions = at;
		else if (dyn->d_tag == DT_VERDEF)
			f->definitions = at;
	}
}

static int has_version(const struct found *f, uint32_t number)
{
	const Elf64_Verdef *def = f->definitions;
	uint16_t wants = f->versions[number] & 0x7fff;

	while (def->vd_ndx != wants || def->vd_flags & 1) {
		if (!def->vd_next)
			return 0;
		def = (const void *)((const char *)def + def->vd_next);
	}
	const Elf64_Verdaux *aux =
		(const void *)((const char *)def + def->vd_aux);
	return !strcmp(f->strings + aux->vda_name, "LINUX_2.6");
}

static uint32_t hash_of(const char *name)
{
	uint32_t h = 0;

	for (; *name; name++) {
		h = (h << 4) + (unsigned char)*name;
		h = (h ^ (h & 0xf0000000) >> 24) & 0x0fffffff;
	}
	return h;
}

static const void *find(const struct found *f, const char *name)
{
	const uint32_t *bucket = f->hash + 2;
	const uint32_t *chain = bucket + f->hash[0];

	for (uint32_t i = bucket[hash_of(name) % f->hash[0]]; i; i = chain[i]) {
		const Elf64_Sym *s = f->symbols + i;

		if ((s->st_info & 15) == STT_FUNC && s->st_shndx &&
		    !strcmp(name, f->strings + s->st_name) &&
		    (!f->versions || !f->definitions || has_version(f, i)))
			return f->image + s->st_value;
	}
	return NULL;
}

/* Whether the function tells the time: its system call's answer is 0. */
static int works(const void *function)
{
	int (*clock_gettime)(int, struct timespec *) =
		(int (*)(int, struct timespec *))(uintptr_t)function;
	struct timespec now;

	return clock_gettime(CLOCK_MONOTONIC, &now) == 0;
}

int main(void)
{
	struct found f = { .image = NULL };

	for (const Elf64_auxv_t *a = auxv; a->a_type != AT_NULL; a++)
		if (a->a_type == AT_SYSINFO_EHDR)
			f.image = (const char *)a->a_un.a_val;
	const Elf64_Ehdr *eh = (const void *)f.image;
	const Elf64_Phdr *ph = (const void *)(f.image + eh->e_phoff);

	for (int i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_DYNAMIC)
			read_dynamic(&f,
				     (const void *)(f.image + ph[i].p_offset));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		const void *at = f.hash ? find(&f, wanted[i]) : NULL;

		printf(" %s=%s", wanted[i] + 7,
		       !at                ? "call"
		       : !i && !works(at) ? "wrong"
					  : "vdso");
	}
	printf("\n");
	return 0;
}
