/*
 * The dynamic linker from its first line of C to the program's entry: this
 * file is its table of contents.  What it does is what glibc's does
 * (elf/rtld.c), without lazy binding and dlopen().
 */
#include "user/ldso/ldso.h"

#include "kernel/abi/auxv.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"

struct options options;
struct object *link_map;

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

/* What debuggers look for behind DT_DEBUG: struct r_debug of <link.h>. */
void _dl_debug_state(void);
static struct {
	int version;
	struct object *map;
	void (*changed)(void);
	int state;
	const void *base;
} debug = { .version = 1, .changed = _dl_debug_state };

static uint64_t aux[AT_MINSIGSTKSZ + 1]; /* values by AT_*, 0: not there */

void die(const struct object *o, const char *fmt, ...)
{
	va_list args;

	dprintf(2, "ld-colonel.so.1: ");
	if (o)
		dprintf(2, "%s: ", o->l_name);
	va_start(args, fmt);
	vdprintf(2, fmt, args);
	va_end(args);
	dprintf(2, "\n");
	sys_exit_group(127);
}

/* A debugger stops here: the link map is complete. */
__attribute__((noinline)) void _dl_debug_state(void)
{
	asm volatile("");
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
	const Elf64_Rela *r = (const Elf64_Rela *)table;
	for (; size >= sizeof(*r); size -= sizeof(*r), r++)
		*(uint64_t *)(base + r->r_offset) = base + r->r_addend;
	asm volatile("" : : : "memory");
}

/* What follows `name=` in an entry of the environment, or NULL. */
static const char *value_of(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) || entry[len] != '=' ? NULL
							      : entry + len + 1;
}

/* A program with more rights than its user takes no advice from him. */
static void read_options(char **env)
{
	options.secure = aux[AT_SECURE];
	for (; *env && !options.secure; env++) {
		const char *debug_what = value_of(*env, "LD_DEBUG");

		if (debug_what)
			options.bindings = strstr(debug_what, "bindings");
		if (value_of(*env, "LD_LIBRARY_PATH"))
			options.library_path = value_of(*env,
							"LD_LIBRARY_PATH");
		if (value_of(*env, "LD_SHOW_AUXV"))
			options.auxv = true;
	}
}

/* An object that the kernel has mapped, by its program headers in memory. */
static struct object *object_mapped(const char *name, const void *headers,
				    uint64_t count)
{
	struct object *o = object_new(name);

	if (count > MAX_HEADERS)
		die(o, "more than %d program headers", MAX_HEADERS);
	o->header_count = count;
	memcpy(o->headers, headers, count * sizeof(Elf64_Phdr));
	object_measure(o);
	return o;
}

/* One whose ELF header stands at its lowest address: the vDSO, this linker. */
static struct object *object_headed(const char *name, const Elf64_Ehdr *eh)
{
	struct object *o = object_mapped(name, (char *)eh + eh->e_phoff,
					 eh->e_phnum);

	o->l_addr = (uint64_t)eh - o->lowest;
	o->relocated = o->constructed = true;
	object_read(o);
	if (o->soname)
		o->l_name = o->soname;
	return o;
}

/* The program that the kernel has mapped for us to link. */
static struct object *program_mapped(void)
{
	struct object *o = object_mapped((const char *)aux[AT_EXECFN],
					 (void *)aux[AT_PHDR], aux[AT_PHNUM]);

	for (unsigned i = 0; i < o->header_count; i++)
		if (o->headers[i].p_type == PT_PHDR)
			o->l_addr = aux[AT_PHDR] - o->headers[i].p_vaddr;
	object_read(o);
	return o;
}

/* `ld-colonel.so.1 PROGRAM ARGUMENTS`: the linker is itself the command. */
static struct object *program_named(struct start *start)
{
	char **argv = (char **)(start->stack + 1);

	if (start->stack[0] < 2)
		die(NULL, "usage: ld-colonel.so.1 PROGRAM [ARGUMENTS]");

	struct object *o = load_file(argv[1]);
	const Elf64_Ehdr *eh = o ? object_at(o, o->lowest, sizeof(*eh), PF_R)
				 : NULL;
	if (!eh)
		die(NULL, "%s: cannot be opened", argv[1]);
	start->entry = o->l_addr + eh->e_entry;
	start->stack[1] = start->stack[0] - 1;
	start->stack++;
	return o;
}

/* Tells a debugger, if there is one, where the list is. */
static void tell_debugger(void)
{
	debug.map = link_map;
	debug.base = &__ehdr_start;
	for (Elf64_Dyn *d = (Elf64_Dyn *)link_map->l_ld; d->d_tag; d++)
		if (d->d_tag == DT_DEBUG)
			d->d_un.d_ptr = (uint64_t)&debug;
	_dl_debug_state();
}

/* From the last to the first: a library before those who use it. */
static void relocate_all(void)
{
	struct object *last = link_map;

	while (last->l_next)
		last = last->l_next;
	for (struct object *o = last; o; o = o->l_prev)
		relocate(o);
	tls_fill();
	for (struct object *o = last; o; o = o->l_prev)
		protect(o);
}

/* The program, all that it needs, the vDSO and this linker: one list. */
static void make_link_map(struct start *start)
{
	struct object *vdso = NULL, *self;

	if (aux[AT_SYSINFO_EHDR])
		vdso = object_headed("linux-vdso.so.1",
				     (const void *)aux[AT_SYSINFO_EHDR]);
	self = object_headed("ld-colonel.so.1", &__ehdr_start);
	object_link(start->entry == (uint64_t)_start ? program_named(start)
						     : program_mapped());
	load_needed();
	if (vdso)
		object_link(vdso);
	object_link(self);
	for (struct object *o = link_map; o; o = o->l_next)
		versions_check(o);
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
		if (a->a_type < sizeof(aux) / sizeof(*aux))
			aux[a->a_type] = a->a_un.a_val;
	read_options(env);
	if (options.auxv)
		auxv_print(auxv);

	struct start start = { aux[AT_ENTRY], stack };
	make_link_map(&start);
	tls_allocate((const unsigned char *)aux[AT_RANDOM]);
	tell_debugger();
	relocate_all();
	run_constructors(start.stack[0], (char **)(start.stack + 1), env);
	return start;
}
