/*
 * What each object wants done before main() and after: a library's before
 * those who use it, and all of them backwards at the end.
 */
#include "user/ldso/ldso.h"

typedef void (*constructor)(int argc, char **argv, char **envp);

static struct object *constructed[MAX_OBJECTS];
static unsigned constructed_count;

/* Functions in an array of `size` bytes at an address of the file. */
static const constructor *array(const struct object *o, int tag, uint64_t size)
{
	return size ? object_at(o, o->dynamic[tag], size, PF_R) : NULL;
}

static void run_array(const struct object *o, int tag, uint64_t size, int argc,
		      char **argv, char **envp)
{
	const constructor *functions = array(o, tag, size);

	for (uint64_t i = 0; i < size / sizeof(*functions); i++)
		functions[i](argc, argv, envp);
}

/* Libraries that need each other in a circle: the first one met comes last. */
static void construct(struct object *o, int argc, char **argv, char **envp)
{
	if (o->constructed)
		return;
	o->constructed = true;
	for (unsigned i = 0; i < o->needed_count; i++)
		construct(o->needed[i], argc, argv, envp);
	constructed[constructed_count++] = o;
	if (o->dynamic[DT_INIT])
		((constructor)(o->base + o->dynamic[DT_INIT]))(argc, argv,
							       envp);
	run_array(o, DT_INIT_ARRAY, o->dynamic[DT_INIT_ARRAYSZ], argc, argv,
		  envp);
}

void run_constructors(int argc, char **argv, char **envp)
{
	run_array(link_map, DT_PREINIT_ARRAY,
		  link_map->dynamic[DT_PREINIT_ARRAYSZ], argc, argv, envp);
	construct(link_map, argc, argv, envp);
}

/* The program calls it when it exits: enter.S gave it the address. */
void run_destructors(void)
{
	while (constructed_count) {
		const struct object *o = constructed[--constructed_count];
		uint64_t size = o->dynamic[DT_FINI_ARRAYSZ];
		const constructor *functions = array(o, DT_FINI_ARRAY, size);

		for (uint64_t i = size / sizeof(*functions); i--;)
			functions[i](0, NULL, NULL);
		if (o->dynamic[DT_FINI])
			((constructor)(o->base + o->dynamic[DT_FINI]))(0, NULL,
								       NULL);
	}
}
