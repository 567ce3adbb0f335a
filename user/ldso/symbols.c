/*
 * The symbol finder.  Every read of the image goes through at(), which checks
 * bounds and alignment; every loop is bounded by what fits into the image.
 */
#include "user/ldso/symbols.h"

/* `count` objects of `size` bytes at `offset` of the image, or NULL. */
static const void *at(const struct symbols *v, uint64_t offset, uint64_t count,
		      size_t size, size_t align)
{
	if (offset > v->size || count > (v->size - offset) / size)
		return NULL;
	if (((uintptr_t)v->image + offset) % align)
		return NULL;
	return v->image + offset;
}

#define AT(v, offset, count, type) \
	((const type *)at(v, offset, count, sizeof(type), _Alignof(type)))

/* Is the string at `offset` of the string table `s`? */
static bool string_is(const struct symbols *v, uint64_t offset, const char *s)
{
	for (; offset < v->strings_size; offset++, s++) {
		if (v->strings[offset] != *s)
			return false;
		if (!*s)
			return true;
	}
	return false;
}

/* Finds the segment that is loaded and the one of the dynamic section. */
static const Elf64_Dyn *read_segments(struct symbols *v, const Elf64_Ehdr *eh,
				      size_t *count)
{
	const Elf64_Phdr *ph = AT(v, eh->e_phoff, eh->e_phnum, Elf64_Phdr);
	const Elf64_Phdr *load = NULL, *dynamic = NULL;

	if (!ph || eh->e_phentsize != sizeof(*ph))
		return NULL;
	for (int i = eh->e_phnum - 1; i >= 0; i--) {
		if (ph[i].p_type == PT_LOAD)
			load = ph + i;
		else if (ph[i].p_type == PT_DYNAMIC)
			dynamic = ph + i;
	}
	if (!load || !dynamic)
		return NULL;

	v->bias = load->p_vaddr - load->p_offset;
	if (v->size == SIZE_MAX)
		v->size = load->p_offset + load->p_filesz;
	*count = dynamic->p_filesz / sizeof(Elf64_Dyn);
	return AT(v, dynamic->p_offset, *count, Elf64_Dyn);
}

static void read_dynamic(struct symbols *v, const Elf64_Dyn *dyn, size_t count,
			 uint64_t *strings, uint64_t *hash)
{
	for (size_t i = 0; i < count && dyn[i].d_tag != DT_NULL; i++) {
		uint64_t offset = dyn[i].d_un.d_ptr - v->bias;

		switch (dyn[i].d_tag) {
		case DT_STRTAB:
			*strings = offset;
			break;
		case DT_STRSZ:
			v->strings_size = dyn[i].d_un.d_val;
			break;
		case DT_SYMTAB:
			v->symbols = offset;
			break;
		case DT_HASH:
			*hash = offset;
			break;
		case DT_GNU_HASH:
			v->gnu_hash = offset;
			break;
		case DT_VERSYM:
			v->versions = offset;
			break;
		case DT_VERDEF:
			v->definitions = offset;
			break;
		}
	}
}

static bool header_is_good(const Elf64_Ehdr *eh)
{
	static const unsigned char magic[] = {
		ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB
	};

	for (size_t i = 0; i < sizeof(magic); i++)
		if (eh->e_ident[i] != magic[i])
			return false;
	return eh->e_machine == EM_X86_64;
}

bool symbols_read(struct symbols *v, const Elf64_Dyn *dyn, size_t count)
{
	uint64_t strings = 0, hash = 0;

	read_dynamic(v, dyn, count, &strings, &hash);

	v->strings = AT(v, strings, v->strings_size, char);
	if (hash)
		v->hash = AT(v, hash, 2, uint32_t);
	if (v->hash) /* with all of its buckets and chains, or not at all */
		v->hash = AT(v, hash, 2ull + v->hash[0] + v->hash[1], uint32_t);
	return v->strings && strings && v->symbols &&
	       ((v->hash && v->hash[0]) || v->gnu_hash);
}

bool symbols_open(struct symbols *v, const void *image, size_t size)
{
	size_t count;

	*v = (struct symbols){ .image = image, .size = size };

	const Elf64_Ehdr *eh = AT(v, 0, 1, Elf64_Ehdr);
	if (!eh || !header_is_good(eh))
		return false;

	const Elf64_Dyn *dyn = read_segments(v, eh, &count);
	return dyn && symbols_read(v, dyn, count);
}

/*
 * Does the definition that version index `index` stands for have this name?
 * The base definition is the file's own name, not a version.
 */
static bool version_is(const struct symbols *v, unsigned index,
		       const char *name)
{
	uint64_t offset = v->definitions;

	for (;;) {
		const Elf64_Verdef *def = AT(v, offset, 1, Elf64_Verdef);

		if (!def)
			return false;
		if (!(def->vd_flags & VER_FLG_BASE) &&
		    (def->vd_ndx & VERSYM_VERSION) == index) {
			const Elf64_Verdaux *aux = AT(v, offset + def->vd_aux,
						      1, Elf64_Verdaux);
			return aux && string_is(v, aux->vda_name, name);
		}
		if (!def->vd_next)
			return false;
		offset += def->vd_next;
	}
}

/* A definition that others may use, with this name and version. */
static bool symbol_is(const struct symbols *v, uint32_t i, const char *name,
		      const char *version)
{
	const unsigned types = 1 << STT_NOTYPE | 1 << STT_OBJECT |
			       1 << STT_FUNC | 1 << STT_COMMON | 1 << STT_TLS |
			       1 << STT_GNU_IFUNC;
	const unsigned binds = 1 << STB_GLOBAL | 1 << STB_WEAK;
	const Elf64_Sym *sym = AT(v, v->symbols + i * sizeof(*sym), 1,
				  Elf64_Sym);

	if (!sym || sym->st_shndx == SHN_UNDEF ||
	    !(types >> ELF64_ST_TYPE(sym->st_info) & 1) ||
	    !(binds >> ELF64_ST_BIND(sym->st_info) & 1) ||
	    !string_is(v, sym->st_name, name))
		return false;
	if (!v->versions || !v->definitions)
		return true;

	const uint16_t *index = AT(v, v->versions + i * sizeof(*index), 1,
				   uint16_t);
	if (!index || !version) /* not one that is only for old programs */
		return index && !(*index & VERSYM_HIDDEN);
	return version_is(v, *index & VERSYM_VERSION, version);
}

/* System V ABI, "Hash Table".  Returns the symbol's index, or 0. */
static uint32_t find_by_hash(const struct symbols *v, const char *name,
			     const char *version)
{
	uint32_t buckets = v->hash[0], chains = v->hash[1], h = 0;

	for (const char *s = name; *s; s++) {
		h = 16 * h + (unsigned char)*s;
		h ^= h >> 24 & 0xf0;
	}
	h &= 0xfffffff;

	uint32_t i = v->hash[2 + h % buckets];
	for (uint32_t n = 0; i && i < chains && n < chains; n++) {
		if (symbol_is(v, i, name, version))
			return i;
		i = v->hash[2 + buckets + i];
	}
	return 0;
}

/*
 * GNU's table: four words, a filter (which a small table can do without), the
 * buckets, and a hash for each symbol from `first` on, whose lowest bit ends
 * the chain.
 */
static uint32_t find_by_gnu_hash(const struct symbols *v, const char *name,
				 const char *version)
{
	const uint32_t *head = AT(v, v->gnu_hash, 4, uint32_t);
	uint32_t h = 5381;

	if (!head || !head[0])
		return 0;
	for (const char *s = name; *s; s++)
		h = 33 * h + (unsigned char)*s;

	uint32_t buckets = head[0], first = head[1];
	uint64_t bucket = v->gnu_hash + 16 + 8ull * head[2];
	uint64_t chain = bucket + 4ull * buckets;
	const uint32_t *start = AT(v, bucket + 4ull * (h % buckets), 1,
				   uint32_t);

	if (!start || *start < first)
		return 0;
	for (uint32_t i = *start;; i++) {
		const uint32_t *hash = AT(v, chain + 4ull * (i - first), 1,
					  uint32_t);

		if (!hash)
			return 0;
		if ((*hash | 1) == (h | 1) && symbol_is(v, i, name, version))
			return i;
		if (*hash & 1)
			return 0;
	}
}

const Elf64_Sym *symbols_lookup(const struct symbols *v, const char *name,
				const char *version)
{
	uint32_t i = v->gnu_hash ? find_by_gnu_hash(v, name, version)
				 : find_by_hash(v, name, version);

	return i ? AT(v, v->symbols + i * sizeof(Elf64_Sym), 1, Elf64_Sym)
		 : NULL;
}

/* No address without a thread, or before the function has chosen another. */
static bool has_address(const Elf64_Sym *sym)
{
	unsigned type = ELF64_ST_TYPE(sym->st_info);

	return type != STT_TLS && type != STT_GNU_IFUNC;
}

void *symbols_find(const struct symbols *v, const char *name,
		   const char *version)
{
	const Elf64_Sym *sym = symbols_lookup(v, name, version);

	if (!sym || !has_address(sym))
		return NULL;

	uint64_t offset = sym->st_value - v->bias;

	return offset < v->size ? (void *)(v->image + offset) : NULL;
}
