/*
 * The strings that go with a program: arguments, environment, its path. They
 * are copied into the kernel once, so that nobody changes them meanwhile, and
 * from there to the new stack, in this order.
 */
#ifndef KERNEL_PROCESS_ARGS_H
#define KERNEL_PROCESS_ARGS_H

#include "kernel/lib/types.h"
#include "kernel/mm/space.h"

#define ARG_STRING_MAX (32 * PAGE_SIZE) /* with its NUL */

struct args_chunk;

struct args {
	struct args_chunk *first, *last;
	size_t size;     /* bytes of all strings so far, NULs included */
	size_t pointers; /* strings so far */
	size_t limit;    /* bytes that strings and pointers may have */
	size_t argc, envc;
	size_t env_start;  /* offset of the first string of the environment */
	size_t path_start; /* … and of the path, which comes last */
};

/* `stack_limit` is RLIMIT_STACK: a quarter of it is for strings. */
void args_init(struct args *args, uint64_t stack_limit);
void args_free(struct args *args);

/* Adds a string: 0, -E2BIG, -ENOMEM. */
int args_add(struct args *args, const char *string);

/* An array of strings that NULL ends: a program's, or the kernel's own. */
struct string_array {
	uaddr_t user; /* 0 is an empty one, as on Linux; or … */
	const char *const *kernel;
};

/* Adds all, from number `skip` on; *count is increased by as many. 0, -E2BIG,
 * -ENOMEM, -EFAULT. */
int args_add_array(struct args *args, struct string_array array, size_t skip,
		   size_t *count);

/* Copies all strings to `to` in a space: 0 or -ENOMEM. */
int args_write(const struct args *args, struct space *space, uaddr_t to);

/* Calls `visit` with the offset of each string, in order. */
void args_for_each(const struct args *args,
		   void (*visit)(void *context, size_t offset), void *context);

#endif
