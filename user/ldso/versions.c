/*
 * Symbol versions: each object's table from the numbers in DT_VERSYM to
 * names, and the check that a needed version is defined where it should be.
 */
#include "user/lib/string.h"
#include "user/ldso/ldso.h"

#define MAX_ENTRIES 0x8000 /* version numbers have 15 bits */

static const char *set_version(struct object *o, unsigned index, uint64_t name,
			       bool defined)
{
	index &= VERSYM_VERSION;
	if (index >= MAX_VERSIONS)
		die(o, "more than %d versions", MAX_VERSIONS);
	o->versions[index] = (struct version){ object_string(o, name),
					       defined };
	return o->versions[index].name;
}

void versions_read(struct object *o)
{
	uint64_t at = o->lowest + o->symbols.definitions, next = 1;

	for (int n = 0; o->symbols.definitions && next && n < MAX_ENTRIES;
	     n++, at += next) {
		const Elf64_Verdef *def = object_at(o, at, sizeof(*def), PF_R);
		const Elf64_Verdaux *name = object_at(o, at + def->vd_aux,
						      sizeof(*name), PF_R);

		if (!(def->vd_flags & VER_FLG_BASE))
			set_version(o, def->vd_ndx, name->vda_name, true);
		next = def->vd_next;
	}
}

/* An object without any definition satisfies all, as it does for glibc. */
static bool defines(const struct object *o, const char *version)
{
	for (int i = 0; i < MAX_VERSIONS; i++)
		if (o->versions[i].defined &&
		    !strcmp(o->versions[i].name, version))
			return true;
	return !o->symbols.definitions;
}

void versions_check(struct object *o)
{
	uint64_t at = o->needs, next = at;

	for (int left = MAX_ENTRIES; next && left > 0; left--, at += next) {
		const Elf64_Verneed *need = object_at(o, at, sizeof(*need),
						      PF_R);
		const struct object *from =
			object_find(object_string(o, need->vn_file));
		const Elf64_Vernaux *aux;
		uint64_t aux_at = at + need->vn_aux;

		for (unsigned n = need->vn_cnt; n && left > 0; n--, left--) {
			aux = object_at(o, aux_at, sizeof(*aux), PF_R);
			const char *name = set_version(o, aux->vna_other,
						       aux->vna_name, false);

			if (from && !(aux->vna_flags & VER_FLG_WEAK) &&
			    !defines(from, name))
				die(from,
				    "version `%s' not found (required by %s)",
				    name, o->name);
			aux_at += aux->vna_next;
		}
		next = need->vn_next;
	}
}
