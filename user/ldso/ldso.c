/*
 * The dynamic linker from its first line of C to the program's entry: this
 * file is its table of contents.  What it does is what glibc's does
 * (elf/rtld.c), without lazy binding and dlopen().
 */
#include "user/ldso/ldso.h"

#include "kernel/abi/auxv.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"

struct object *link_map;
const char *library_path;
bool show_bindings;

static uint64_t aux[AT_MINSIGSTKSZ + 1]; /* values by AT_*, 0: not there */

/* What enter.S is told. */
struct start {
	uint64_t entry;
	long *stack;
};

struct start ldso_start(long *stack);

/* The linker's own image; the first two are names that ld defines. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));
extern const Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));
extern const char _start[] __attribute__((visibility("hidden")));

void die(const struct object *o, const char *fmt, ...)
{
	va_list args;

	dprintf(2, "ld-colonel.so.1: %s%s", o ? o->name : "", o ? ": " : "");
	va_start(args, fmt);
	vdprintf(2, fmt, args);
	va_end(args);
	dprintf(2, "\n");
	sys_exit_group(127);
}

/*
 * Before this, no pointer that stands in the linker's own data is right.  The
 * link made sure that all of its relocations are R_X86_64_RELATIVE.
 */
static __attribute__((noinline)) void relocate_self(void)
{
	uint64_t base = (uint64_t)&__ehdr_start, table = 0, size = 0;

	for (const Elf64_Dyn *d = _DYNAMIC; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_RELA)
			table = base + d->d_un.d_ptr;
		else if (d->d_tag == DT_RELASZ)
			size = d->d_un.d_val;
	}
	for (const Elf64_Rela *r = (void *)table; size; size -= sizeof(*r), r++)
		*(uint64_t *)(base + r->r_offset) = base + r->r_addend;
}

static const char *value_of(char **env, const char *name)
{
	size_t len = strlen(name);

	for (; *env; env++)
		if (!strncmp(*env, name, len) && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

/* A program with more rights than its user takes no advice from him. */
static void read_options(char **env, const Elf64_auxv_t *auxv)
{
	const char *debug = value_of(env, "LD_DEBUG");

	if (aux[AT_SECURE])
		return;
	library_path = value_of(env, "LD_LIBRARY_PATH");
	show_bindings = debug && strstr(debug, "bindings");
	if (value_of(env, "LD_SHOW_AUXV"))
		auxv_print(auxv);
}

/*
 * An object that the kernel has mapped, by its program headers in memory.  In
 * the file they stand behind the ELF header unless PT_PHDR knows better.
 */
static struct object *mapped(const char *name, uint64_t headers, uint64_t count)
{
	struct object *o = object_new(name);

	if (count > MAX_HEADERS)
		die(o, "more than %d program headers", MAX_HEADERS);
	o->header_count = count;
	memcpy(o->headers, (const void *)headers, count * sizeof(Elf64_Phdr));
	object_measure(o);

	const Elf64_Phdr *p = object_header(o, PT_PHDR);

	o->base = headers - (p ? p->p_vaddr : o->lowest + sizeof(Elf64_Ehdr));
	object_read(o);
	return o;
}

/* The vDSO, or this linker: a library that needs nothing more. */
static struct object *mapped_library(const char *name, uint64_t address)
{
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)address;
	struct object *o = mapped(name, address + eh->e_phoff, eh->e_phnum);

	o->relocated = true;
	return o;
}

/* `ld-colonel.so.1 PROGRAM ARGUMENTS`: the linker is itself the command. */
static struct object *program_named(struct start *start)
{
	if (start->stack[0] < 2)
		die(NULL, "usage: ld-colonel.so.1 PROGRAM [ARGUMENTS]");
	start->stack[1] = start->stack[0] - 1;
	start->stack++;

	const char *path = (const char *)start->stack[1];
	struct object *o = load_file(path);

	if (!o)
		die(NULL, "%s: cannot be opened", path);
	const Elf64_Ehdr *eh = object_at(o, o->lowest, sizeof(*eh), PF_R);

	start->entry = o->base + eh->e_entry;
	return o;
}

/* The program, all that it needs, the vDSO and this linker: one list. */
static void make_link_map(struct start *start)
{
	struct object *vdso = NULL, *self;

	if (aux[AT_SYSINFO_EHDR])
		vdso = mapped_library("linux-vdso.so.1", aux[AT_SYSINFO_EHDR]);
	self = mapped_library("ld-colonel.so.1", (uint64_t)&__ehdr_start);
	if (start->entry == (uint64_t)_start)
		object_link(program_named(start));
	else
		object_link(mapped((const char *)aux[AT_EXECFN], aux[AT_PHDR],
				   aux[AT_PHNUM]));
	load_needed();
	if (vdso)
		object_link(vdso);
	object_link(self);
}

/* From the last to the first: a library before those who use it. */
static void relocate_all(void)
{
	struct object *last = link_map;

	while (last->next)
		last = last->next;
	for (struct object *o = last; o; o = o->previous)
		relocate(o);
	tls_fill();
	for (struct object *o = last; o; o = o->previous)
		protect(o);
}

/* Called by enter.S; `stack` is as the kernel made it. */
struct start ldso_start(long *stack)
{
	char **env = (char **)(stack + 1) + stack[0] + 1, **end = env;

	relocate_self();
	while (*end)
		end++;
	const Elf64_auxv_t *auxv = (const Elf64_auxv_t *)(end + 1);
	for (const Elf64_auxv_t *a = auxv; a->a_type != AT_NULL; a++)
		if (a->a_type <= AT_MINSIGSTKSZ)
			aux[a->a_type] = a->a_un.a_val;
	read_options(env, auxv);

	struct start start = { aux[AT_ENTRY], stack };
	make_link_map(&start);
	tls_allocate((const uint64_t *)aux[AT_RANDOM]);
	relocate_all();
	run_constructors(start.stack, env);
	return start;
}
