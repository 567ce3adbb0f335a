/*
 * Relocation: writes into an object's data the addresses that were not known
 * when it was linked (System V ABI for x86-64, 4.4).
 */
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/ldso/ldso.h"

/* Calls a resolver: it chooses among several implementations by CPU. */
static uint64_t resolve(uint64_t function)
{
	return ((uint64_t(*)(void))function)();
}

static uint64_t address_of(struct binding to)
{
	if (!to.symbol || to.symbol->st_shndx == SHN_UNDEF)
		return 0;
	if (to.symbol->st_shndx == SHN_ABS)
		return to.symbol->st_value;

	uint64_t address = to.object->base + to.symbol->st_value;

	if (ELF64_ST_TYPE(to.symbol->st_info) == STT_GNU_IFUNC)
		return resolve(address);
	return address;
}

/* A library's variable moves into the program, which knew only its size. */
static void copy(const struct object *o, uint64_t to, uint32_t symbol)
{
	struct binding from = lookup(o, symbol, o);
	uint64_t size = symbol_at(o, symbol)->st_size;

	if (!from.symbol)
		return;
	if (size > from.symbol->st_size)
		size = from.symbol->st_size;
	memcpy(object_at(o, to, size, PF_W),
	       object_at(from.object, from.symbol->st_value, size, PF_R), size);
}

/* The offset of a thread-local variable in its object's storage. */
static uint64_t tls_offset(const struct object *o, struct binding to)
{
	if (!to.symbol || !to.object->tls_module)
		die(o, "damaged: a thread-local symbol that is none");
	return to.symbol->st_value;
}

/* The word that relocation `r` is about, if it is about a symbol. */
static uint64_t symbol_word(const struct object *o, const Elf64_Rela *r)
{
	struct binding to = lookup(o, ELF64_R_SYM(r->r_info), NULL);

	switch (ELF64_R_TYPE(r->r_info)) {
	case R_X86_64_64:
	case R_X86_64_GLOB_DAT:
	case R_X86_64_JUMP_SLOT:
		return address_of(to) + r->r_addend;
	case R_X86_64_DTPMOD64:
		return tls_offset(o, to), to.object->tls_module;
	case R_X86_64_DTPOFF64:
		return tls_offset(o, to) + r->r_addend;
	case R_X86_64_TPOFF64:
		return tls_offset(o, to) + r->r_addend - to.object->tls_offset;
	}
	die(o, "relocation of a type that is not known: %lu",
	    ELF64_R_TYPE(r->r_info));
}

static void apply(const struct object *o, const Elf64_Rela *r)
{
	uint32_t type = ELF64_R_TYPE(r->r_info);

	if (type == R_X86_64_COPY) {
		copy(o, r->r_offset, ELF64_R_SYM(r->r_info));
		return;
	}
	uint64_t *place = object_at(o, r->r_offset, sizeof(*place), PF_W);

	if (type == R_X86_64_RELATIVE)
		*place = o->base + r->r_addend;
	else if (type == R_X86_64_IRELATIVE)
		*place = resolve(o->base + r->r_addend);
	else if (type != R_X86_64_NONE)
		*place = symbol_word(o, r);
}

/* Those whose being R_X86_64_IRELATIVE is `resolvers`. */
static void apply_table(const struct object *o, uint64_t table, uint64_t size,
			bool resolvers)
{
	const Elf64_Rela *r = size ? object_at(o, table, size, PF_R) : NULL;

	for (; size >= sizeof(*r); size -= sizeof(*r), r++)
		if (resolvers ==
		    (ELF64_R_TYPE(r->r_info) == R_X86_64_IRELATIVE))
			apply(o, r);
}

/*
 * DT_RELR: an even word is the address of a word to which the base is added;
 * an odd one has a bit for each of the 63 words behind.
 */
static void apply_relr(const struct object *o, uint64_t size)
{
	const uint64_t *word =
		size ? object_at(o, o->dynamic[DT_RELR], size, PF_R) : NULL;
	uint64_t next = 0;

	for (; size >= sizeof(*word); size -= sizeof(*word), word++) {
		bool many = *word & 1;
		uint64_t bits = many ? *word >> 1 : 1;
		uint64_t at = many ? next : *word;

		next = at + (many ? 63 : 1) * sizeof(*word);
		for (; bits; bits >>= 1, at += sizeof(*word))
			if (bits & 1)
				*(uint64_t *)object_at(o, at, sizeof(*word),
						       PF_W) += o->base;
	}
}

/* Resolvers run when all else is in place: they may call and look around. */
void relocate(struct object *o)
{
	const uint64_t *d = o->dynamic;

	if (o->relocated)
		return;
	o->relocated = true;
	apply_relr(o, d[DT_RELRSZ]);
	for (int resolvers = 0; resolvers < 2; resolvers++) {
		apply_table(o, d[DT_RELA], d[DT_RELASZ], resolvers);
		apply_table(o, d[DT_JMPREL], d[DT_PLTRELSZ], resolvers);
	}
}

void protect(const struct object *o)
{
	const Elf64_Phdr *p = object_header(o, PT_GNU_RELRO);

	if (!p)
		return;
	uint64_t start = (uint64_t)object_at(o, p->p_vaddr, p->p_memsz, PF_W);
	uint64_t end = PAGE_DOWN(start + p->p_memsz);

	start = PAGE_DOWN(start);
	if (end > start &&
	    sys_mprotect((void *)start, end - start, PROT_READ) < 0)
		die(o, "its constants cannot be made read-only");
}
