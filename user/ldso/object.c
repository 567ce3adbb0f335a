/*
 * An object from its headers in memory: where it lies, what its dynamic
 * section says, and the one way to read it, object_at(), which knows its
 * bounds.
 */
#include "user/lib/string.h"
#include "user/ldso/ldso.h"

#define USER_TOP (1ull << 47)

static struct object objects[MAX_OBJECTS];
static unsigned object_count;

struct object *object_new(const char *path)
{
	size_t len = strlen(path);

	if (object_count == MAX_OBJECTS)
		die(NULL, "more than %d libraries", MAX_OBJECTS);
	if (len >= MAX_PATH)
		die(NULL, "a path is longer than %d bytes", MAX_PATH - 1);
	struct object *o = &objects[object_count++];
	o->l_name = memcpy(o->path, path, len + 1);
	return o;
}

void object_link(struct object *o)
{
	struct object **end = &link_map;

	for (; *end; end = &(*end)->l_next) {
		if (*end == o)
			return;
		o->l_prev = *end;
	}
	*end = o;
}

/* What stands behind the last slash. */
static const char *file_name(const char *path)
{
	const char *name = path;

	for (; *path; path++)
		if (*path == '/')
			name = path + 1;
	return name;
}

struct object *object_find(const char *name)
{
	for (struct object *o = objects; o < objects + object_count; o++)
		if ((o->soname && !strcmp(o->soname, name)) ||
		    (o != link_map && !strcmp(file_name(o->path), name)))
			return o;
	return NULL;
}

struct object *object_find_file(uint64_t device, uint64_t inode)
{
	for (struct object *o = objects; o < objects + object_count; o++)
		if (o->inode == inode && o->device == device)
			return o;
	return NULL;
}

static void check_segment(const struct object *o, const Elf64_Phdr *p)
{
	if (p->p_filesz > p->p_memsz || p->p_vaddr >= USER_TOP ||
	    p->p_memsz > USER_TOP - p->p_vaddr ||
	    (p->p_vaddr - p->p_offset) % PAGE_SIZE)
		die(o, "damaged: a segment that cannot be");
}

void object_measure(struct object *o)
{
	uint64_t end = 0, file_end = 0;

	o->lowest = USER_TOP;
	for (unsigned i = 0; i < o->header_count; i++) {
		const Elf64_Phdr *p = &o->headers[i];

		if (p->p_type != PT_LOAD)
			continue;
		check_segment(o, p);
		if (PAGE_DOWN(p->p_vaddr) < o->lowest)
			o->lowest = PAGE_DOWN(p->p_vaddr);
		if (PAGE_UP(p->p_vaddr + p->p_memsz) > end)
			end = PAGE_UP(p->p_vaddr + p->p_memsz);
		if (p->p_vaddr + p->p_filesz > file_end)
			file_end = p->p_vaddr + p->p_filesz;
	}
	if (end <= o->lowest || file_end <= o->lowest)
		die(o, "nothing in it to load");
	o->size = end - o->lowest;
	o->file_size = file_end - o->lowest;
}

void *object_at(const struct object *o, uint64_t address, uint64_t size,
		unsigned flags)
{
	for (unsigned i = 0; i < o->header_count; i++) {
		const Elf64_Phdr *p = &o->headers[i];
		uint64_t offset = address - p->p_vaddr;

		if (p->p_type == PT_LOAD && (p->p_flags & flags) == flags &&
		    offset <= p->p_memsz && size <= p->p_memsz - offset)
			return (void *)(o->l_addr + address);
	}
	die(o, "damaged: %#lx is not in a segment that can be %s", address,
	    flags & PF_W ? "written" : "read");
}

const char *object_string(const struct object *o, uint64_t offset)
{
	const struct vdso *s = &o->symbols;

	for (uint64_t i = offset;
	     s->strings && i < s->strings_size && i - offset < MAX_NAME; i++)
		if (!s->strings[i])
			return s->strings + offset;
	die(o, "damaged: a name without an end");
}

/* The dynamic section's entries up to DT_NULL, sorted by their tags. */
static size_t read_dynamic(struct object *o, const Elf64_Dyn *d, size_t room)
{
	size_t count = 0;

	for (; count < room && d[count].d_tag != DT_NULL; count++) {
		uint64_t tag = d[count].d_tag, value = d[count].d_un.d_val;

		if (tag < sizeof(o->dynamic) / sizeof(*o->dynamic))
			o->dynamic[tag] = value;
		else if (tag == DT_VERNEED)
			o->needs = value;
		else if (tag == DT_VERNEEDNUM)
			o->needs_count = value;
	}
	if (count == room)
		die(o, "damaged: its dynamic section has no end");
	return count;
}

void object_read(struct object *o)
{
	const Elf64_Phdr *p = o->headers, *end = p + o->header_count;

	while (p < end && p->p_type != PT_DYNAMIC)
		p++;
	if (p == end)
		die(o, "not linked dynamically");
	o->l_ld = object_at(o, p->p_vaddr, p->p_memsz, PF_R);

	size_t count = read_dynamic(o, o->l_ld, p->p_memsz / sizeof(*o->l_ld));

	o->symbols = (struct vdso){
		.image = (const unsigned char *)(o->l_addr + o->lowest),
		.size = o->file_size,
		.bias = o->lowest,
	};
	o->searchable = vdso_read(&o->symbols, o->l_ld, count);
	if (o->dynamic[DT_SONAME])
		o->soname = object_string(o, o->dynamic[DT_SONAME]);
	versions_read(o);
}
