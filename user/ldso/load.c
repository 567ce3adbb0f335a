/*
 * From a library's name to its segments in memory: the search along the
 * paths, the checks of the file, the mappings.
 */
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/ldso/ldso.h"

#define MAGIC ELFMAG "\2\1" /* 64 bits, little-endian */

/* Takes over the program headers; the file's type, ET_DYN or ET_EXEC. */
static int read_headers(struct object *o, int fd)
{
	char head[PAGE_SIZE];
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)head;
	long len = call_pread64(fd, head, sizeof(head), 0);

	if (len < (long)sizeof(*eh) || memcmp(head, MAGIC, sizeof(MAGIC) - 1) ||
	    eh->e_machine != EM_X86_64 ||
	    (eh->e_type != ET_DYN && eh->e_type != ET_EXEC))
		die(o, "not an object for this machine");

	if (eh->e_phentsize != sizeof(Elf64_Phdr) ||
	    eh->e_phoff > (uint64_t)len ||
	    eh->e_phnum * sizeof(Elf64_Phdr) > len - eh->e_phoff)
		die(o, "damaged: its program headers");
	object_measure(o, head + eh->e_phoff, eh->e_phnum);
	return eh->e_type;
}

static uint64_t map(const struct object *o, uint64_t address, uint64_t size,
		    int prot, int flags, int fd, uint64_t offset)
{
	void *at = call_mmap((void *)address, size, prot, MAP_PRIVATE | flags,
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
	o->base = map(o, fixed ? o->lowest : 0, o->size, PROT_NONE,
		      MAP_ANONYMOUS | (fixed ? MAP_FIXED_NOREPLACE : 0), -1, 0);
	o->base -= o->lowest;
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
	long fd = call_open(path, O_RDONLY | O_CLOEXEC, 0);
	struct stat stat = { 0 };

	if (fd < 0)
		return NULL;
	call_fstat(fd, &stat);

	struct object *o = object_find_file(stat.st_dev, stat.st_ino);
	if (!o) {
		o = object_new(path);
		o->device = stat.st_dev;
		o->inode = stat.st_ino;
		int type = read_headers(o, fd);

		map_segments(o, fd, type == ET_EXEC, stat.st_size);
		object_read(o);
	}
	call_close(fd);
	return o;
}

/* Looks for `name` in folders that are separated by colons. */
static struct object *search(const char *folders, const char *name)
{
	struct object *o = NULL;
	char path[MAX_PATH];

	while (folders && *folders && !o) {
		const char *end = strchr(folders, ':');
		int len = end ? end - folders : (long)strlen(folders);

		if (snprintf(path, MAX_PATH, "%.*s/%s", len, folders, name) <
		    MAX_PATH)
			o = load_file(path);
		folders += len + (end != NULL);
	}
	return o;
}

/*
 * The library that `by` needs.  Where the kernel gives no vDSO, that library
 * is one without functions: all references to them are undefined.
 */
static void need(struct object *by, const char *name)
{
	struct object *o = object_find(name);
	uint64_t runpath = by->dynamic[DT_RUNPATH];

	if (!o && strchr(name, '/'))
		o = load_file(name);
	if (!o)
		o = search(library_path, name);
	if (!o && runpath)
		o = search(object_string(by, runpath), name);
	if (!o)
		o = search("/lib:/usr/lib", name);
	if (!o && !strcmp(name, "linux-vdso.so.1"))
		return;
	if (!o)
		die(by, "needs %s, which is nowhere to be found", name);
	if (!o->soname)
		o->soname = name;
	if (by->needed_count < MAX_OBJECTS) /* or it says things twice */
		by->needed[by->needed_count++] = o;
	object_link(o);
}

void load_needed(void)
{
	for (struct object *o = link_map; o; o = o->next)
		for (const Elf64_Dyn *d = o->section; d->d_tag != DT_NULL; d++)
			if (d->d_tag == DT_NEEDED)
				need(o, object_string(o, d->d_un.d_val));
}
