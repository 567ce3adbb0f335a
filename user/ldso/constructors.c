/*
 * What each object wants done before main() and after: a library's before
 * those who use it, and all of them backwards at the end.
 */
#include "user/ldso/ldso.h"

typedef void (*constructor)(int argc, char **argv, char **envp);

static struct object *constructed[MAX_OBJECTS];
static unsigned constructed_count;

/* Element `i` of an array of functions, or 0 for those that mean nothing. */
static uint64_t function_at(const struct object *o, int array, uint64_t i)
{
	const uint64_t *function = object_at(o, o->dynamic[array] + 8 * i, 8,
					     PF_R);

	return *function == UINT64_MAX ? 0 : *function;
}

static void run_array(const struct object *o, int array, int size, int argc,
		      char **argv, char **envp)
{
	for (uint64_t i = 0; i < o->dynamic[size] / 8; i++) {
		uint64_t function = function_at(o, array, i);

		if (function)
			((constructor)function)(argc, argv, envp);
	}
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
		((constructor)(o->l_addr + o->dynamic[DT_INIT]))(argc, argv,
								 envp);
	run_array(o, DT_INIT_ARRAY, DT_INIT_ARRAYSZ, argc, argv, envp);
}

void run_constructors(int argc, char **argv, char **envp)
{
	run_array(link_map, DT_PREINIT_ARRAY, DT_PREINIT_ARRAYSZ, argc, argv,
		  envp);
	construct(link_map, argc, argv, envp);
}

/* The program calls it when it exits: enter.S gave it the address. */
void run_destructors(void)
{
	while (constructed_count) {
		const struct object *o = constructed[--constructed_count];

		for (uint64_t i = o->dynamic[DT_FINI_ARRAYSZ] / 8; i--;) {
			uint64_t function = function_at(o, DT_FINI_ARRAY, i);

			if (function)
				((void (*)(void))function)();
		}
		if (o->dynamic[DT_FINI])
			((void (*)(void))(o->l_addr + o->dynamic[DT_FINI]))();
	}
}
