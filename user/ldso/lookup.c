/*
 * Binding: which object's definition a reference means.  The first in the
 * order of the link map wins, with the version that the reference asks for.
 */
#include "user/lib/syscall.h"
#include "user/ldso/ldso.h"

#define MAX_STEPS 1024 /* through a list of versions, which may be damaged */

const Elf64_Sym *symbol_at(const struct object *o, uint32_t index)
{
	const Elf64_Sym *all = object_at(o, o->lowest + o->symbols.symbols,
					 (index + 1ul) * sizeof(*all), PF_R);
	return all + index;
}

/*
 * The name of the version that reference `index` asks for, or NULL.  Steps
 * through the list of libraries and the versions that are needed of each.
 */
static const char *version_of(const struct object *o, uint32_t index)
{
	uint64_t at = o->needs, next = at, aux_at;

	if (!o->symbols.versions || !at)
		return NULL;
	const uint16_t *versions = object_at(o, o->lowest + o->symbols.versions,
					     (index + 1ul) * sizeof(*versions),
					     PF_R);

	for (int left = MAX_STEPS; next && left > 0; left--, at += next) {
		const Elf64_Verneed *need = object_at(o, at, sizeof(*need),
						      PF_R);

		aux_at = at + need->vn_aux;
		for (int n = need->vn_cnt; n && left > 0; n--, left--) {
			const Elf64_Vernaux *aux =
				object_at(o, aux_at, sizeof(*aux), PF_R);

			if (aux->vna_other == versions[index])
				return object_string(o, aux->vna_name);
			aux_at += aux->vna_next;
		}
		next = need->vn_next;
	}
	return NULL;
}

/* LD_DEBUG=bindings, as glibc words it. */
static void report(const struct object *from, const struct object *to,
		   const char *name, const char *version)
{
	dprintf(2, "%10ld:\tbinding file %s [0] to %s [0]: normal symbol `%s'",
		call_getpid(), from->path, to->path, name);
	dprintf(2, version ? " [%s]\n" : "\n", version);
}

struct binding lookup(const struct object *o, uint32_t index,
		      const struct object *skip)
{
	const Elf64_Sym *sym = symbol_at(o, index);

	if (ELF64_ST_BIND(sym->st_info) == STB_LOCAL)
		return (struct binding){ o, sym };

	const char *name = object_string(o, sym->st_name);
	const char *version = version_of(o, index);

	for (const struct object *d = link_map; d; d = d->next) {
		const Elf64_Sym *found = NULL;

		if (d != skip && d->searchable)
			found = symbols_lookup(&d->symbols, name, version);
		if (!found)
			continue;
		if (show_bindings)
			report(o, d, name, version);
		return (struct binding){ d, found };
	}
	if (ELF64_ST_BIND(sym->st_info) != STB_WEAK)
		die(o, "undefined symbol: %s%s%s", name,
		    version ? ", version " : "", version ? version : "");
	return (struct binding){ NULL, NULL };
}
