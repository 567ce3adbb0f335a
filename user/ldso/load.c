/*
 * From a library's name to its segments in memory: the search along the
 * paths, the checks of the file, the mappings.
 */
#include "kernel/abi/errno.h"
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
	read_exactly(o, fd, eh, sizeof(*eh), 0);
	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) ||
	    eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_ident[EI_DATA] != ELFDATA2LSB || eh->e_machine != EM_X86_64 ||
	    (eh->e_type != ET_DYN && eh->e_type != ET_EXEC))
		die(o, "not an object for this machine");
	if (eh->e_phentsize != sizeof(Elf64_Phdr) || eh->e_phnum > MAX_HEADERS)
		die(o, "damaged: its program headers");
	o->header_count = eh->e_phnum;
	read_exactly(o, fd, o->headers, eh->e_phnum * sizeof(Elf64_Phdr),
		     eh->e_phoff);
}

static void *map(const struct object *o, uint64_t address, uint64_t size,
		 int prot, int flags, int fd, uint64_t offset)
{
	void *at = sys_mmap((void *)address, size, prot, MAP_PRIVATE | flags,
			    fd, offset);

	if (is_error(at))
		die(o, "cannot be mapped: %s", errno_name((long)at));
	return at;
}

/* Takes room for all segments, at their own address if they insist on it. */
static void reserve(struct object *o, bool fixed)
{
	int flags = MAP_ANONYMOUS | (fixed ? MAP_FIXED_NOREPLACE : 0);
	uint64_t wish = fixed ? o->lowest : 0;
	uint64_t got = (uint64_t)map(o, wish, o->size, PROT_NONE, flags, -1, 0);

	o->l_addr = got - o->lowest;
	if (fixed && o->l_addr)
		die(o, "its addresses are taken");
}

/* What the file has, and behind that, in whole pages and in part, zeros. */
static void map_segment(const struct object *o, const Elf64_Phdr *p, int fd)
{
	uint64_t start = PAGE_DOWN(o->l_addr + p->p_vaddr);
	uint64_t data_end = o->l_addr + p->p_vaddr + p->p_filesz;
	uint64_t file_end = p->p_filesz ? PAGE_UP(data_end) : start;
	uint64_t end = PAGE_UP(o->l_addr + p->p_vaddr + p->p_memsz);
	int prot = (p->p_flags & PF_R ? PROT_READ : 0) |
		   (p->p_flags & PF_W ? PROT_WRITE : 0) |
		   (p->p_flags & PF_X ? PROT_EXEC : 0);

	if (p->p_filesz)
		map(o, start, data_end - start, prot, MAP_FIXED, fd,
		    PAGE_DOWN(p->p_offset));
	if (p->p_memsz > p->p_filesz && p->p_flags & PF_W && p->p_filesz)
		memset((void *)data_end, 0, file_end - data_end);
	if (end > file_end)
		map(o, file_end, end - file_end, prot,
		    MAP_FIXED | MAP_ANONYMOUS, -1, 0);
}

static void map_segments(struct object *o, int fd, uint64_t file_size)
{
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
	struct stat stat;
	Elf64_Ehdr eh;

	if (fd < 0)
		return NULL;
	if (sys_fstat(fd, &stat) < 0)
		die(NULL, "%s: cannot be examined", path);

	struct object *o = object_find_file(stat.st_dev, stat.st_ino);
	if (!o) {
		o = object_new(path);
		o->device = stat.st_dev;
		o->inode = stat.st_ino;
		read_headers(o, fd, &eh);
		object_measure(o);
		reserve(o, eh.e_type == ET_EXEC);
		map_segments(o, fd, stat.st_size);
		object_read(o);
	}
	sys_close(fd);
	return o;
}

/* ---- Searching ---------------------------------------------------------- */

/* Appends to a path of MAX_PATH bytes; false: it does not fit. */
static bool append(char *path, const char *s, size_t len)
{
	size_t used = strlen(path);

	if (used + len >= MAX_PATH)
		return false;
	memcpy(path + used, s, len);
	path[used + len] = '\0';
	return true;
}

/* A folder, `len` bytes, where $ORIGIN is the folder that holds `by`. */
static bool append_folder(char *path, const char *folder, size_t len,
			  const struct object *by)
{
	static const char origin[] = "$ORIGIN";
	size_t skip = sizeof(origin) - 1, by_len = 0;

	if (len < skip || strncmp(folder, origin, skip))
		return append(path, folder, len);
	for (size_t i = 0; by->path[i]; i++)
		if (by->path[i] == '/')
			by_len = i;
	return !options.secure && by_len && append(path, by->path, by_len) &&
	       append(path, folder + skip, len - skip);
}

/* Looks for `name` in folders that are separated by colons. */
static struct object *search(const char *folders, const char *name,
			     const struct object *by)
{
	struct object *o = NULL;

	while (folders && *folders && !o) {
		const char *end = strchr(folders, ':');
		size_t len = end ? (size_t)(end - folders) : strlen(folders);
		char path[MAX_PATH] = "";

		if (append_folder(path, folders, len, by) &&
		    append(path, "/", 1) && append(path, name, strlen(name)))
			o = load_file(path);
		folders += len + (end != NULL);
	}
	return o;
}

/* The library that `by` needs, in the list from now on. */
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
	if (o)
		object_link(o);
	return o;
}

/*
 * Where the kernel gives no vDSO, that library has no functions: a program
 * that has only weak references to them runs.
 */
static void load_needed_by(struct object *o)
{
	for (const Elf64_Dyn *d = o->l_ld; d->d_tag != DT_NULL; d++) {
		if (d->d_tag != DT_NEEDED)
			continue;
		const char *name = object_string(o, d->d_un.d_val);
		struct object *library = need(o, name);

		if (!library && strcmp(name, "linux-vdso.so.1"))
			die(o, "needs %s, which is nowhere to be found", name);
		if (library && o->needed_count == MAX_NEEDED)
			die(o, "needs more than %d libraries", MAX_NEEDED);
		if (library)
			o->needed[o->needed_count++] = library;
	}
}

void load_needed(void)
{
	for (struct object *o = link_map; o; o = o->l_next)
		load_needed_by(o);
}
