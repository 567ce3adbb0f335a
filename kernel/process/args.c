/*
 * A new program's strings on their way from the old address space to the new:
 * args.h. They wait in pages, one after the other, across page boundaries.
 */
#include "kernel/process/args.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/sched.h"

struct args_chunk {
	struct args_chunk *next;
	size_t used;
	char data[PAGE_SIZE - 16];
};

/* Linux's limit on all strings whatever the stack. */
#define ARGS_MAX (6ul << 20)

void args_init(struct args *args, uint64_t stack_limit)
{
	size_t limit = MIN(stack_limit / 4, ARGS_MAX);

	if (limit < ARG_MAX)
		limit = ARG_MAX;
	*args = (struct args){ .limit = limit };
}

void args_free(struct args *args)
{
	while (args->first) {
		struct args_chunk *chunk = args->first;

		args->first = chunk->next;
		kfree(chunk);
	}
}

/* A chunk with room in it, or NULL. */
static struct args_chunk *room(struct args *args)
{
	struct args_chunk *chunk = args->last;

	if (chunk && chunk->used < sizeof(chunk->data))
		return chunk;
	chunk = kmalloc(sizeof(*chunk));
	if (!chunk)
		return NULL;
	chunk->next = NULL;
	chunk->used = 0;
	if (args->last)
		args->last->next = chunk;
	else
		args->first = chunk;
	args->last = chunk;
	return chunk;
}

static int count_bytes(struct args *args, struct args_chunk *chunk,
		       size_t bytes)
{
	chunk->used += bytes;
	args->size += bytes;
	return args->size + args->pointers * 8 > args->limit ? -E2BIG : 0;
}

int args_add(struct args *args, const char *string)
{
	size_t size = strlen(string) + 1;
	int error = 0;

	args->pointers++;
	while (size && !error) {
		struct args_chunk *chunk = room(args);
		size_t part;

		if (!chunk)
			return -ENOMEM;
		part = MIN(size, sizeof(chunk->data) - chunk->used);
		memcpy(chunk->data + chunk->used, string, part);
		string += part;
		size -= part;
		error = count_bytes(args, chunk, part);
	}
	return error;
}

static int add_user(struct args *args, uaddr_t string)
{
	size_t done = 0;
	int error = 0;

	args->pointers++;
	while (!error && done < ARG_STRING_MAX) {
		struct args_chunk *chunk = room(args);
		size_t space;
		long length;

		if (!chunk)
			return -ENOMEM;
		space = sizeof(chunk->data) - chunk->used;
		length = strncpy_from_user(chunk->data + chunk->used,
					   string + done, space);
		if (length >= 0)
			return done + (size_t)length < ARG_STRING_MAX
				       ? count_bytes(args, chunk,
						     (size_t)length + 1)
				       : -E2BIG;
		if (length != -ENAMETOOLONG)
			return (int)length;
		done += space;
		error = count_bytes(args, chunk, space);
	}
	return -E2BIG;
}

static int add_kernel_array(struct args *args, const char *const *array,
			    size_t skip, size_t *count)
{
	int error = 0;

	for (array += skip; *array && !error; array++) {
		error = args_add(args, *array);
		++*count;
	}
	return error;
}

int args_add_array(struct args *args, struct string_array array, size_t skip,
		   size_t *count)
{
	uint64_t string;
	int error = 0;

	if (array.kernel)
		return add_kernel_array(args, array.kernel, skip, count);
	for (size_t i = 0; array.user && !error; i++) {
		error = get_user64(&string, array.user + i * sizeof(string));
		if (error || !string)
			break;
		if (i < skip)
			continue;
		error = add_user(args, string);
		++*count;
		sched_point();
	}
	return error;
}

int args_write(const struct args *args, struct space *space, uaddr_t to)
{
	const struct args_chunk *chunk;

	for (chunk = args->first; chunk; chunk = chunk->next) {
		long done = space_write(space, to, chunk->data, chunk->used);

		if (done != (long)chunk->used)
			return -ENOMEM;
		to += chunk->used;
	}
	return 0;
}

void args_for_each(const struct args *args,
		   void (*visit)(void *context, size_t offset), void *context)
{
	const struct args_chunk *chunk;
	size_t offset = 0;
	bool at_start = true;

	for (chunk = args->first; chunk; chunk = chunk->next) {
		for (size_t i = 0; i < chunk->used; i++, offset++) {
			if (at_start)
				visit(context, offset);
			at_start = !chunk->data[i];
		}
	}
}
