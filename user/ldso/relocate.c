/*
 * Relocation: writes into an object's data the addresses that were not known
 * when it was linked (System V ABI for x86-64, 4.4).
 */
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/ldso/ldso.h"

/* It chooses among several implementations of a function, by CPU. */
typedef uint64_t (*resolver)(void);

static uint64_t address_of(struct binding to)
{
	if (!to.symbol || to.symbol->st_shndx == SHN_UNDEF)
		return 0;

	uint64_t address = to.object->base + to.symbol->st_value;

	if (ELF64_ST_TYPE(to.symbol->st_info) == STT_GNU_IFUNC)
		return ((resolver)address)();
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

/* The object that a thread-local symbol is in. */
static const struct object *tls(const struct object *o, struct binding to)
{
	if (!to.symbol || !to.object->tls_module)
		die(o, "damaged: a thread-local symbol that is none");
	return to.object;
}

/* What belongs into the word that relocation `r` is about. */
static uint64_t word_for(const struct object *o, const Elf64_Rela *r)
{
	uint32_t type = ELF64_R_TYPE(r->r_info);

	if (type == R_X86_64_RELATIVE)
		return o->base + r->r_addend;
	if (type == R_X86_64_IRELATIVE)
		return ((resolver)(o->base + r->r_addend))();

	struct binding to = lookup(o, ELF64_R_SYM(r->r_info), NULL);

	switch (type) {
	case R_X86_64_64:
	case R_X86_64_GLOB_DAT:
	case R_X86_64_JUMP_SLOT:
		return address_of(to) + r->r_addend;
	case R_X86_64_DTPMOD64:
		return tls(o, to)->tls_module;
	case R_X86_64_DTPOFF64:
		return to.symbol ? to.symbol->st_value + r->r_addend : 0;
	case R_X86_64_TPOFF64:
		return r->r_addend - tls(o, to)->tls_offset +
		       to.symbol->st_value;
	}
	die(o, "relocation of a type that is not known: %u", type);
}

static void apply(const struct object *o, const Elf64_Rela *r)
{
	uint32_t type = ELF64_R_TYPE(r->r_info);

	if (type == R_X86_64_COPY)
		copy(o, r->r_offset, ELF64_R_SYM(r->r_info));
	else if (type != R_X86_64_NONE)
		*(uint64_t *)object_at(o, r->r_offset, sizeof(uint64_t),
				       PF_W) = word_for(o, r);
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

/* Resolvers run when all else is in place: they may call and look around. */
void relocate(struct object *o)
{
	const uint64_t *d = o->dynamic;

	if (o->relocated)
		return;
	o->relocated = true;
	if (d[DT_RELR])
		die(o,
		    "needs relocations of a kind that is not known: DT_RELR");
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
	    call_mprotect((void *)start, end - start, PROT_READ) < 0)
		die(o, "its constants cannot be made read-only");
}
