/*
 * An object from its headers in memory: where it lies, what its dynamic
 * section says, and the one way to read it, object_at(), which knows its
 * bounds.
 */
#include "user/lib/string.h"
#include "user/ldso/ldso.h"

#define USER_TOP (1ull << 47)

struct object *link_map, *link_map_end;

static struct object objects[MAX_OBJECTS];
static unsigned object_count;

struct object *object_new(const char *path)
{
	if (object_count == MAX_OBJECTS)
		die(NULL, "more than %d libraries", MAX_OBJECTS);
	struct object *o = &objects[object_count++];

	snprintf(o->path, MAX_PATH, "%s", path);
	return o;
}

void object_link(struct object *o)
{
	if (o->previous || o == link_map)
		return;
	o->previous = link_map_end;
	*(link_map_end ? &link_map_end->next : &link_map) = o;
	link_map_end = o;
}

struct object *object_find(const char *name)
{
	for (struct object *o = objects; o < objects + object_count; o++)
		if (o->soname && !strcmp(o->soname, name))
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

const Elf64_Phdr *object_header(const struct object *o, uint32_t type)
{
	for (unsigned i = 0; i < o->header_count; i++)
		if (o->headers[i].p_type == type)
			return &o->headers[i];
	return NULL;
}

void object_measure(struct object *o, const void *headers, uint64_t count)
{
	uint64_t end = 0, file_end = 0;

	if (count > MAX_HEADERS)
		die(o, "more than %d program headers", MAX_HEADERS);
	o->header_count = count;
	memcpy(o->headers, headers, count * sizeof(Elf64_Phdr));

	for (unsigned i = 0; i < o->header_count; i++) {
		const Elf64_Phdr *p = &o->headers[i];

		if (p->p_type != PT_LOAD)
			continue;
		if (p->p_vaddr < end || p->p_vaddr >= USER_TOP ||
		    p->p_memsz > USER_TOP - p->p_vaddr ||
		    p->p_filesz > p->p_memsz ||
		    (p->p_vaddr - p->p_offset) % PAGE_SIZE)
			die(o, "damaged: a segment that cannot be");
		if (!end)
			o->lowest = PAGE_DOWN(p->p_vaddr);
		end = p->p_vaddr + p->p_memsz;
		if (p->p_filesz)
			file_end = p->p_vaddr + p->p_filesz;
	}
	if (file_end <= o->lowest)
		die(o, "nothing in it to load");
	o->size = PAGE_UP(end) - o->lowest;
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
			return (void *)(o->base + address);
	}
	die(o, "damaged: %#lx is not in a segment that can be %s", address,
	    flags & PF_W ? "written" : "read");
}

const char *object_string(const struct object *o, uint64_t offset)
{
	const struct symbols *s = &o->symbols;

	for (uint64_t i = offset;
	     s->strings && i < s->strings_size && i - offset < MAX_NAME; i++)
		if (!s->strings[i])
			return s->strings + offset;
	die(o, "damaged: a name without an end");
}

void object_read(struct object *o)
{
	const Elf64_Phdr *p = object_header(o, PT_DYNAMIC);
	size_t count = 0, room = p ? p->p_memsz / sizeof(Elf64_Dyn) : 0;

	if (!p)
		die(o, "not linked dynamically");
	const Elf64_Dyn *d = object_at(o, p->p_vaddr, p->p_memsz, PF_R);
	for (; count < room && d[count].d_tag != DT_NULL; count++) {
		if ((uint64_t)d[count].d_tag <= DT_RELRENT)
			o->dynamic[d[count].d_tag] = d[count].d_un.d_val;
		else if (d[count].d_tag == DT_VERNEED)
			o->needs = d[count].d_un.d_ptr;
	}
	if (count == room)
		die(o, "damaged: its dynamic section has no end");

	o->section = d;
	o->symbols.image = (const unsigned char *)(o->base + o->lowest);
	o->symbols.size = o->file_size;
	o->symbols.bias = o->lowest;
	o->searchable = symbols_read(&o->symbols, d, count);
	if (o->dynamic[DT_SONAME])
		o->soname = object_string(o, o->dynamic[DT_SONAME]);
}
