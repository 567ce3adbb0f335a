/*
 * Symbol versions: each object's table from the numbers in DT_VERSYM to
 * names, and the check that a needed version is defined where it should be.
 */
#include "user/lib/string.h"
#include "user/ldso/ldso.h"

#define MAX_ENTRIES 0x8000 /* of a chain: version numbers have 15 bits */

static void set_version(struct object *o, unsigned index, uint64_t name,
			bool defined)
{
	if (index >= MAX_VERSIONS)
		die(o, "more than %d versions", MAX_VERSIONS);
	o->versions[index].name = object_string(o, name);
	o->versions[index].defined = defined;
}

void versions_read(struct object *o)
{
	uint64_t at = o->lowest + o->symbols.definitions;
	const Elf64_Verdef *def;

	if (!o->symbols.definitions)
		return;
	for (int n = 0; n < MAX_ENTRIES; n++, at += def->vd_next) {
		def = object_at(o, at, sizeof(*def), PF_R);
		const Elf64_Verdaux *name = object_at(o, at + def->vd_aux,
						      sizeof(*name), PF_R);

		if (!(def->vd_flags & VER_FLG_BASE))
			set_version(o, def->vd_ndx & VERSYM_VERSION,
				    name->vda_name, true);
		if (!def->vd_next)
			break;
	}
}

/* An object without any definition satisfies all, as it does for glibc. */
static bool defines(const struct object *o, const char *version)
{
	if (!o->symbols.definitions)
		return true;
	for (int i = 0; i < MAX_VERSIONS; i++)
		if (o->versions[i].defined &&
		    !strcmp(o->versions[i].name, version))
			return true;
	return false;
}

/* The versions that `o` needs of one library; `left` counts all its entries. */
static void check_library(struct object *o, uint64_t at, int *left)
{
	const Elf64_Verneed *need = object_at(o, at, sizeof(*need), PF_R);
	const struct object *from =
		object_find(object_string(o, need->vn_file));
	const Elf64_Vernaux *aux;

	at += need->vn_aux;
	for (; (*left)--; at += aux->vna_next) {
		aux = object_at(o, at, sizeof(*aux), PF_R);
		set_version(o, aux->vna_other & VERSYM_VERSION, aux->vna_name,
			    false);
		const char *name = object_string(o, aux->vna_name);

		if (from && !(aux->vna_flags & VER_FLG_WEAK) &&
		    !defines(from, name))
			die(from, "version `%s' not found (required by %s)",
			    name, o->l_name);
		if (!aux->vna_next)
			return;
	}
	die(o, "damaged: its list of versions has no end");
}

void versions_check(struct object *o)
{
	uint64_t at = o->needs;
	int left = MAX_ENTRIES;

	for (uint64_t n = 0; n < o->needs_count; n++) {
		const Elf64_Verneed *need = object_at(o, at, sizeof(*need),
						      PF_R);

		check_library(o, at, &left);
		if (!need->vn_next)
			return;
		at += need->vn_next;
	}
}
