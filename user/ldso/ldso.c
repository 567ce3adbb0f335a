/*
 * The dynamic linker from its first line of C to the program's entry: this
 * file is its table of contents.  What it does is what glibc's does
 * (elf/rtld.c), without lazy binding and dlopen().
 */
#include "user/ldso/ldso.h"

#include "kernel/abi/auxv.h"
#include "user/lib/auxv.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"

const char *library_path;
bool show_bindings;

static uint64_t aux[AT_MINSIGSTKSZ + 1]; /* values by AT_*, 0: not there */

uint64_t ldso_start(long *stack);

/* The linker's own image; the first two are names that ld defines. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));
extern const Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));
extern const char _start[] __attribute__((visibility("hidden")));

void die(const struct object *o, const char *fmt, ...)
{
	va_list args;

	dprintf(2, "ld-colonel.so.1: %s%s", o ? o->path : "", o ? ": " : "");
	va_start(args, fmt);
	vdprintf(2, fmt, args);
	va_end(args);
	dprintf(2, "\n");
	call_exit_group(127);
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
	if (aux[AT_SECURE])
		return;
	library_path = value_of(env, "LD_LIBRARY_PATH");
	show_bindings = strstr(value_of(env, "LD_DEBUG") ?: "", "bindings");
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

	object_measure(o, (const void *)headers, count);

	const Elf64_Phdr *p = object_header(o, PT_PHDR);

	o->base = headers - (p ? p->p_vaddr : o->lowest + sizeof(Elf64_Ehdr));
	object_read(o);
	return o;
}

/*
 * `ld-colonel.so.1 PROGRAM ARGUMENTS`: the linker is itself the command.  All
 * that is on the stack up to `end` moves over the first argument.
 */
static struct object *program_named(long *stack, const void *end)
{
	if (stack[0] < 2)
		die(NULL, "usage: ld-colonel.so.1 PROGRAM [ARGUMENTS]");
	stack[0]--;
	memmove(stack + 1, stack + 2, (char *)end - (char *)(stack + 2));

	struct object *o = load_file((const char *)stack[1]);

	if (!o)
		die(NULL, "%s: cannot be opened", (const char *)stack[1]);
	const Elf64_Ehdr *eh = object_at(o, o->lowest, sizeof(*eh), PF_R);

	aux[AT_ENTRY] = o->base + eh->e_entry;
	return o;
}

/* The program, all that it needs, the vDSO and this linker: one list. */
static void make_link_map(long *stack, const void *end)
{
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)aux[AT_SYSINFO_EHDR];
	struct object *vdso = NULL, *self;

	if (eh)
		vdso = mapped("linux-vdso.so.1", (uint64_t)eh + eh->e_phoff,
			      eh->e_phnum);
	eh = &__ehdr_start;
	self = mapped("ld-colonel.so.1", (uint64_t)eh + eh->e_phoff,
		      eh->e_phnum);
	self->relocated = true;
	if (aux[AT_ENTRY] == (uint64_t)_start)
		object_link(program_named(stack, end));
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
	for (struct object *o = link_map_end; o; o = o->previous)
		relocate(o);
	tls_fill();
	for (struct object *o = link_map; o; o = o->next)
		protect(o);
}

/* Called by enter.S, `stack` is as the kernel made it; the program's entry. */
uint64_t ldso_start(long *stack)
{
	char **env = (char **)stack + stack[0] + 2, **end = env;

	relocate_self();
	while (*end)
		end++;
	const Elf64_auxv_t *auxv = (const Elf64_auxv_t *)(end + 1), *a = auxv;
	for (; a->a_type != AT_NULL; a++)
		if (a->a_type <= AT_MINSIGSTKSZ)
			aux[a->a_type] = a->a_un.a_val;
	read_options(env, auxv);
	make_link_map(stack, a + 1);
	tls_allocate((const uint64_t *)aux[AT_RANDOM]);
	relocate_all();
	run_constructors(stack);
	return aux[AT_ENTRY];
}
