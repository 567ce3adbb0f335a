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

	uint64_t address = to.object->l_addr + to.symbol->st_value;

	return ELF64_ST_TYPE(to.symbol->st_info) == STT_GNU_IFUNC
		       ? resolve(address)
		       : address;
}

/* A library's variable moves into the program, which knew only its size. */
static void copy(const struct object *o, const Elf64_Rela *r)
{
	struct binding from = lookup(o, ELF64_R_SYM(r->r_info), o);

	if (!from.symbol)
		return;
	uint64_t room = symbol_at(o, ELF64_R_SYM(r->r_info))->st_size;
	uint64_t size = from.symbol->st_size < room ? from.symbol->st_size
						    : room;

	memcpy(object_at(o, r->r_offset, size, PF_W),
	       object_at(from.object, from.symbol->st_value, size, PF_R), size);
}

/* The word for a thread-local variable: its module, or where it is there. */
static uint64_t tls_word(const struct object *o, const Elf64_Rela *r)
{
	struct binding to = lookup(o, ELF64_R_SYM(r->r_info), NULL);

	if (!to.symbol)
		return 0;
	if (!to.object->tls_module)
		die(o, "damaged: %s has nothing thread-local",
		    to.object->l_name);
	switch (ELF64_R_TYPE(r->r_info)) {
	case R_X86_64_DTPMOD64:
		return to.object->tls_module;
	case R_X86_64_DTPOFF64:
		return to.symbol->st_value + r->r_addend;
	default: /* R_X86_64_TPOFF64 */
		return to.symbol->st_value + r->r_addend -
		       to.object->tls_offset;
	}
}

static void apply(const struct object *o, const Elf64_Rela *r)
{
	uint32_t type = ELF64_R_TYPE(r->r_info);

	if (type == R_X86_64_COPY) {
		copy(o, r);
		return;
	}
	uint64_t *place = object_at(o, r->r_offset, sizeof(*place), PF_W);

	switch (type) {
	case R_X86_64_RELATIVE:
		*place = o->l_addr + r->r_addend;
		break;
	case R_X86_64_IRELATIVE:
		*place = resolve(o->l_addr + r->r_addend);
		break;
	case R_X86_64_64:
	case R_X86_64_GLOB_DAT:
	case R_X86_64_JUMP_SLOT:
		*place = address_of(lookup(o, ELF64_R_SYM(r->r_info), NULL)) +
			 r->r_addend;
		break;
	case R_X86_64_DTPMOD64:
	case R_X86_64_DTPOFF64:
	case R_X86_64_TPOFF64:
		*place = tls_word(o, r);
		break;
	default:
		die(o, "relocation of a type that is not known: %u", type);
	}
}

/* Those whose being R_X86_64_IRELATIVE is `resolvers`. */
static void apply_table(const struct object *o, int table, int table_size,
			bool resolvers)
{
	uint64_t size = o->dynamic[table_size];
	const Elf64_Rela *r = size ? object_at(o, o->dynamic[table], size, PF_R)
				   : NULL;

	for (; size >= sizeof(*r); size -= sizeof(*r), r++) {
		uint64_t type = ELF64_R_TYPE(r->r_info);

		if (type != R_X86_64_NONE &&
		    (type == R_X86_64_IRELATIVE) == resolvers)
			apply(o, r);
	}
}

static void add_base(const struct object *o, uint64_t address)
{
	uint64_t *place = object_at(o, address, sizeof(*place), PF_W);

	*place += o->l_addr;
}

/*
 * DT_RELR: an even word is the address of a word to which the base is added;
 * an odd one has a bit for each of the 63 words behind.
 */
static void apply_relr(const struct object *o)
{
	uint64_t size = o->dynamic[DT_RELRSZ], next = 0;
	const uint64_t *word =
		size ? object_at(o, o->dynamic[DT_RELR], size, PF_R) : NULL;

	for (; size >= sizeof(*word); size -= sizeof(*word), word++) {
		if (!(*word & 1)) {
			add_base(o, *word);
			next = *word + sizeof(*word);
			continue;
		}
		for (int bit = 1; bit < 64; bit++)
			if (*word >> bit & 1)
				add_base(o, next + (bit - 1) * sizeof(*word));
		next += 63 * sizeof(*word);
	}
}

/* Resolvers run when all else is in place: they may call and look around. */
void relocate(struct object *o)
{
	if (o->relocated)
		return;
	o->relocated = true;
	apply_relr(o);
	for (int resolvers = 0; resolvers < 2; resolvers++) {
		apply_table(o, DT_RELA, DT_RELASZ, resolvers);
		apply_table(o, DT_JMPREL, DT_PLTRELSZ, resolvers);
	}
}

void protect(const struct object *o)
{
	for (unsigned i = 0; i < o->header_count; i++) {
		const Elf64_Phdr *p = &o->headers[i];

		if (p->p_type != PT_GNU_RELRO)
			continue;
		uint64_t start = (uint64_t)object_at(o, p->p_vaddr, p->p_memsz,
						     PF_W);
		uint64_t end = PAGE_DOWN(start + p->p_memsz);

		start = PAGE_DOWN(start);
		if (end > start &&
		    sys_mprotect((void *)start, end - start, PROT_READ) < 0)
			die(o, "its constants cannot be made read-only");
	}
}
