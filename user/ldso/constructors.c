/*
 * What each object wants done before main() and after: a library's before
 * those who use it, and all of them backwards at the end.
 */
#include "user/ldso/ldso.h"

typedef void (*constructor)(int argc, char **argv, char **envp);

static struct object *constructed[MAX_OBJECTS];
static unsigned constructed_count;

/* What main() will be given, and constructors are too. */
static int argc;
static char **argv, **envp;

/* One function, by its address in the file; 0: there is none. */
static void run(const struct object *o, uint64_t address)
{
	if (address)
		((constructor)(o->base + address))(argc, argv, envp);
}

/* An array of pointers to functions, forwards or backwards. */
static void run_array(const struct object *o, int array, int array_size,
		      bool backwards)
{
	uint64_t size = o->dynamic[array_size], count = size / 8;
	const constructor *functions =
		count ? object_at(o, o->dynamic[array], size, PF_R) : NULL;

	for (uint64_t i = 0; i < count; i++)
		functions[backwards ? count - 1 - i : i](argc, argv, envp);
}

/* Libraries that need each other in a circle: the first one met comes last. */
static void construct(struct object *o)
{
	if (o->constructed)
		return;
	o->constructed = true;
	for (unsigned i = 0; i < o->needed_count; i++)
		construct(o->needed[i]);
	constructed[constructed_count++] = o;
	run(o, o->dynamic[DT_INIT]);
	run_array(o, DT_INIT_ARRAY, DT_INIT_ARRAYSZ, false);
}

void run_constructors(long *stack)
{
	argc = stack[0];
	argv = (char **)(stack + 1);
	envp = argv + argc + 1;
	run_array(link_map, DT_PREINIT_ARRAY, DT_PREINIT_ARRAYSZ, false);
	construct(link_map);
}

/* The program calls it when it exits: enter.S gave it the address. */
void run_destructors(void)
{
	while (constructed_count) {
		const struct object *o = constructed[--constructed_count];

		run_array(o, DT_FINI_ARRAY, DT_FINI_ARRAYSZ, true);
		run(o, o->dynamic[DT_FINI]);
	}
}
