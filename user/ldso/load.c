/*
 * From a library's name to its segments in memory: the search along the
 * paths, the checks of the file, the mappings.
 */
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/ldso/ldso.h"

static void read_exactly(const struct object *o, int fd, void *to, size_t size,
			 uint64_t offset)
{
	if (sys_pread64(fd, to, size, offset) != (long)size)
		die(o, "damaged: the file is too short");
}

static void read_headers(struct object *o, int fd, Elf64_Ehdr *eh)
{
	static const char magic[] = { ELFMAG0, ELFMAG1,    ELFMAG2,
				      ELFMAG3, ELFCLASS64, ELFDATA2LSB };

	read_exactly(o, fd, eh, sizeof(*eh), 0);
	if (memcmp(eh->e_ident, magic, sizeof(magic)) ||
	    eh->e_machine != EM_X86_64 ||
	    (eh->e_type != ET_DYN && eh->e_type != ET_EXEC))
		die(o, "not an object for this machine");
	if (eh->e_phentsize != sizeof(Elf64_Phdr) || eh->e_phnum > MAX_HEADERS)
		die(o, "damaged: its program headers");
	o->header_count = eh->e_phnum;
	read_exactly(o, fd, o->headers, eh->e_phnum * sizeof(Elf64_Phdr),
		     eh->e_phoff);
}

static uint64_t map(const struct object *o, uint64_t address, uint64_t size,
		    int prot, int flags, int fd, uint64_t offset)
{
	void *at = sys_mmap((void *)address, size, prot, MAP_PRIVATE | flags,
			    fd, offset);

	if (is_error(at))
		die(o, "cannot be mapped: %s", errno_name((long)at));
	return (uint64_t)at;
}

/* What the file has, and behind that, in whole pages and in part, zeros. */
static void map_segment(const struct object *o, const Elf64_Phdr *p, int fd)
{
	uint64_t start = PAGE_DOWN(o->base + p->p_vaddr);
	uint64_t data_end = o->base + p->p_vaddr + p->p_filesz;
	uint64_t file_end = p->p_filesz ? PAGE_UP(data_end) : start;
	uint64_t end = PAGE_UP(o->base + p->p_vaddr + p->p_memsz);
	int prot = (p->p_flags & PF_R ? PROT_READ : 0) |
		   (p->p_flags & PF_W ? PROT_WRITE : 0) |
		   (p->p_flags & PF_X ? PROT_EXEC : 0);

	if (p->p_filesz)
		map(o, start, data_end - start, prot, MAP_FIXED, fd,
		    PAGE_DOWN(p->p_offset));
	if (p->p_filesz && p->p_memsz > p->p_filesz && p->p_flags & PF_W)
		memset((void *)data_end, 0, file_end - data_end);
	if (end > file_end)
		map(o, file_end, end - file_end, prot,
		    MAP_FIXED | MAP_ANONYMOUS, -1, 0);
}

/* Takes room for all segments, where they insist on it, and maps them. */
static void map_segments(struct object *o, int fd, bool fixed,
			 uint64_t file_size)
{
	int flags = MAP_ANONYMOUS | (fixed ? MAP_FIXED_NOREPLACE : 0);

	o->base = map(o, fixed ? o->lowest : 0, o->size, PROT_NONE, flags, -1,
		      0) -
		  o->lowest;
	for (unsigned i = 0; i < o->header_count; i++) {
		const Elf64_Phdr *p = &o->headers[i];

		if (p->p_type != PT_LOAD)
			continue;
		if (p->p_offset > file_size ||
		    p->p_filesz > file_size - p->p_offset)
			die(o, "damaged: the file is too short");
		map_segment(o, p, fd);
	}
}

struct object *load_file(const char *path)
{
	long fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
	struct stat stat = { 0 };
	Elf64_Ehdr eh;

	if (fd < 0)
		return NULL;
	sys_fstat(fd, &stat);

	struct object *o = object_find_file(stat.st_dev, stat.st_ino);
	if (!o) {
		o = object_new(path);
		o->device = stat.st_dev;
		o->inode = stat.st_ino;
		read_headers(o, fd, &eh);
		object_measure(o);
		map_segments(o, fd, eh.e_type == ET_EXEC, stat.st_size);
		object_read(o);
	}
	sys_close(fd);
	return o;
}

/* ---- Searching ---------------------------------------------------------- */

/* Bytes of the path before the last slash. */
static int folder_length(const char *path)
{
	int length = 0;

	for (int i = 0; path[i]; i++)
		if (path[i] == '/')
			length = i;
	return length;
}

/*
 * Looks for `name` in folders that are separated by colons; at the beginning
 * of one, $ORIGIN is the folder of `by`.
 */
static struct object *search(const char *folders, const char *name,
			     const struct object *by)
{
	struct object *o = NULL;
	char path[MAX_PATH];

	while (folders && *folders && !o) {
		const char *end = strchr(folders, ':');
		int len = end ? (size_t)(end - folders) : strlen(folders);
		bool near = options.origin && !strncmp(folders, "$ORIGIN", 7);
		int skip = near ? 7 : 0;

		if (snprintf(path, MAX_PATH, "%.*s%.*s/%s",
			     near ? folder_length(by->path) : 0, by->path,
			     len - skip, folders + skip, name) < MAX_PATH)
			o = load_file(path);
		folders += len + (end != NULL);
	}
	return o;
}

/*
 * The library that `by` needs.  Where the kernel gives no vDSO, that library
 * is one without functions: NULL, and all references to them are undefined.
 */
static struct object *need(const struct object *by, const char *name)
{
	struct object *o = object_find(name);
	uint64_t runpath = by->dynamic[DT_RUNPATH];

	if (!o && strchr(name, '/'))
		o = load_file(name);
	if (!o)
		o = search(options.library_path, name, by);
	if (!o && runpath)
		o = search(object_string(by, runpath), name, by);
	if (!o)
		o = search("/lib:/usr/lib", name, by);
	if (!o && strcmp(name, "linux-vdso.so.1"))
		die(by, "needs %s, which is nowhere to be found", name);
	if (o && !o->soname)
		o->soname = name;
	return o;
}

void load_needed(void)
{
	for (struct object *o = link_map; o; o = o->next) {
		for (const Elf64_Dyn *d = o->section; d->d_tag; d++) {
			struct object *library = NULL;

			if (d->d_tag == DT_NEEDED)
				library = need(o,
					       object_string(o, d->d_un.d_val));
			if (!library)
				continue;
			if (o->needed_count == MAX_OBJECTS)
				die(o, "needs more than %d libraries",
				    MAX_OBJECTS);
			o->needed[o->needed_count++] = library;
			object_link(library);
		}
	}
}
