/*
 * What a program finds on its stack (System V ABI 3.4.1), from the top down,
 * as on Linux:
 *
 *	8 bytes of zero                                     \
 *	the path given to execve (AT_EXECFN)                 |
 *	strings of the environment, strings of the arguments | the block
 *	"x86_64" (AT_PLATFORM)                               |
 *	16 random bytes (AT_RANDOM)                         /
 *	(zeros up to a multiple of 16)
 *	auxiliary vector, up to AT_NULL                     \
 *	pointers to the environment, NULL                    | the words
 *	pointers to the arguments, NULL                      |
 *	argc, at RSP, a multiple of 16                      /
 *
 * Both parts are written upwards, straight into the new address space. Because
 * the stack's top is given, their sizes must be known first: everything is done
 * twice, and the first time is only counted. If another thread changes the
 * strings in between, it begins again.
 */
#include "kernel/abi/auxv.h"
#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "kernel/abi/mman.h"
#include "kernel/abi/signal.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/fpu.h"
#include "kernel/dev/random.h"
#include "kernel/lib/string.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/load.h"
#include "kernel/process/process.h"
#include "kernel/process/signal.h"

#define CLOCK_TICKS 100 /* the unit of times(2): 1/100 s */
#define PLATFORM    "x86_64"
#define RANDOM_SIZE 16
#define REDZONE     128

/* Room for a signal's frame: the struct, alignment, red zone; and the FPU's
 * state, which is added. */
#define FRAME_SIZE (440 + 64 + 16 + REDZONE)

/* Linux's limits: for one string, and for all whatever the stack may hold. */
#define STRING_MAX  (32 * PAGE_SIZE)
#define STRINGS_MAX (6ul << 20)

/* Bytes on their way to the new stack. */
struct stream {
	struct space *space; /* NULL: they are only counted */
	uaddr_t to;          /* where the first of `bytes` goes */
	uaddr_t end;         /* as counted; with a space */
	size_t count;        /* that wait in `bytes` */
	char bytes[512];
};

struct stack {
	struct stream block, words;
	size_t strings, limit; /* bytes of strings and their pointers: so far,
				* and at most */
	size_t argc;           /* as the last pass counted */
	char random[RANDOM_SIZE];
};

static void stream_begin(struct stream *stream, struct space *space, uaddr_t to,
			 uaddr_t end)
{
	stream->space = space;
	stream->to = to;
	stream->end = end;
	stream->count = 0;
}

static uaddr_t stream_at(const struct stream *stream)
{
	return stream->to + stream->count;
}

/* 0, -ENOMEM, or -EAGAIN: there is more than was counted. */
static int stream_flush(struct stream *stream)
{
	size_t size = stream->count;

	if (stream->space && stream->to + size > stream->end)
		return -EAGAIN;
	if (stream->space && space_write(stream->space, stream->to,
					 stream->bytes, size) != (long)size)
		return -ENOMEM;
	stream->to += size;
	stream->count = 0;
	return 0;
}

static int put_bytes(struct stream *stream, const void *from, size_t size)
{
	const char *bytes = from;
	int error = 0;

	while (size && !error) {
		size_t part = MIN(size, sizeof(stream->bytes) - stream->count);

		memcpy(stream->bytes + stream->count, bytes, part);
		stream->count += part;
		bytes += part;
		size -= part;
		if (stream->count == sizeof(stream->bytes))
			error = stream_flush(stream);
	}
	return error;
}

static int put_word(struct stream *stream, uint64_t word)
{
	return put_bytes(stream, &word, sizeof(word));
}

/* A string of the program that calls execve: 0, -EFAULT, -E2BIG, -ENOMEM. */
static int put_user_string(struct stream *block, uaddr_t string)
{
	size_t done = 0;

	while (done < STRING_MAX) {
		size_t room = sizeof(block->bytes) - block->count;
		long length = strncpy_from_user(block->bytes + block->count,
						string + done, room);
		bool ended = length >= 0;
		int error = 0;

		if (!ended && length != -ENAMETOOLONG)
			return (int)length;
		if (ended)
			room = (size_t)length + 1;
		done += room;
		block->count += room;
		if (block->count == sizeof(block->bytes))
			error = stream_flush(block);
		if (error || (ended && done <= STRING_MAX))
			return error;
	}
	return -E2BIG;
}

/* A string, of the kernel's own or of a program at `user`, and its address. */
static int put_string(struct stack *stack, const char *kernel, uaddr_t user)
{
	uaddr_t start = stream_at(&stack->block);
	int error = put_word(&stack->words, start);

	if (!error && kernel)
		error = put_bytes(&stack->block, kernel, strlen(kernel) + 1);
	else if (!error)
		error = put_user_string(&stack->block, user);
	stack->strings += stream_at(&stack->block) - start + sizeof(uint64_t);
	return !error && stack->strings > stack->limit ? -E2BIG : error;
}

/* All strings of an array, and NULL behind the pointers to them. If there are
 * none, `missing` is put in their place, unless it is NULL. */
static int put_array(struct stack *stack, const struct strings *array,
		     const char *missing, size_t *count)
{
	uint64_t string;
	int error = 0;

	*count = 0;
	for (const char *const *at = array->kernel; at && *at && !error; at++) {
		error = put_string(stack, *at, 0);
		++*count;
	}
	for (uaddr_t at = array->user; at && !error; at += sizeof(string)) {
		error = get_user64(&string, at);
		if (error || !string)
			break;
		error = put_string(stack, NULL, string);
		++*count;
		sched_point();
	}
	if (!error && !*count && missing) {
		error = put_string(stack, missing, 0);
		*count = 1;
	}
	return error ?: put_word(&stack->words, 0);
}

/* The auxiliary vector (getauxval(3)): what the kernel tells the program, in
 * Linux's order. The first entry leads to the vDSO; without one it is left
 * out. */
static int make_auxv(const struct program *program, struct stack *stack,
		     uaddr_t random, uaddr_t platform, uaddr_t path)
{
	const struct credentials *me = &current_process()->credentials;
	const struct elf_image *image = &program->image;
	const struct elf_image *linker = &program->linker;
	struct space *space = program->space;
	const uint64_t auxv[][2] = {
		{ AT_SYSINFO_EHDR, space->vdso },
		{ AT_MINSIGSTKSZ, FRAME_SIZE + fpu_size() },
		{ AT_HWCAP, cpu_hwcap() },
		{ AT_PAGESZ, PAGE_SIZE },
		{ AT_CLKTCK, CLOCK_TICKS },
		{ AT_PHDR,
		  image->headers ? image->headers + program->bias : 0 },
		{ AT_PHENT, sizeof(Elf64_Phdr) },
		{ AT_PHNUM, image->header_count },
		{ AT_BASE, linker->segment_count
				   ? linker->start + program->linker_bias
				   : 0 },
		{ AT_FLAGS, 0 },
		{ AT_ENTRY, image->entry + program->bias },
		{ AT_UID, me->uid },
		{ AT_EUID, me->euid },
		{ AT_GID, me->gid },
		{ AT_EGID, me->egid },
		{ AT_SECURE, 0 },
		{ AT_RANDOM, random },
		{ AT_HWCAP2, 0 },
		{ AT_EXECFN, path },
		{ AT_PLATFORM, platform },
		{ AT_NULL, 0 },
	};
	size_t skip = space->vdso ? 0 : 1;
	size_t size = sizeof(auxv) - skip * sizeof(auxv[0]);

	memcpy(space->auxv, auxv + skip, size); /* for /proc/PID/auxv */
	return put_bytes(&stack->words, space->auxv, size);
}

/* Everything, in both parts. No program of today survives an empty argument
 * list (CVE-2021-4034), so it gets an empty name. */
static int put_all(const struct program *program, struct stack *stack)
{
	struct stream *block = &stack->block;
	struct space *space = program->space;
	uaddr_t random = block->to, platform = random + RANDOM_SIZE;
	size_t path_size = strlen(program->path) + 1, envc;
	int error;

	stack->strings = path_size + sizeof(uint64_t);
	error = put_bytes(block, stack->random, RANDOM_SIZE) ?:
		put_bytes(block, PLATFORM, sizeof(PLATFORM)) ?:
		put_word(&stack->words, stack->argc);
	space->arg_start = stream_at(block);
	if (!error)
		error = put_array(stack, &program->argv, "", &stack->argc);
	space->arg_end = space->env_start = stream_at(block);
	if (!error)
		error = put_array(stack, &program->envp, NULL, &envc);
	space->env_end = stream_at(block);
	if (!error)
		error = put_bytes(block, program->path, path_size);
	return error ?: put_word(block, 0) ?:
			make_auxv(program, stack, random, platform,
				 space->env_end) ?:
			stream_flush(block) ?: stream_flush(&stack->words);
}

static int map_stack(const struct program *program)
{
	struct area stack = {
		.start = ALIGN_DOWN(program->sp, PAGE_SIZE),
		.end = program->space->stack_top,
		.prot = PROT_READ | PROT_WRITE,
		.max_prot = PROT_READ | PROT_WRITE | PROT_EXEC,
		.flags = AREA_GROWS_DOWN,
		.ops = &stack_ops,
	};

	if (program->image.executable_stack)
		stack.prot |= PROT_EXEC;
	return space_map_fixed(program->space, &stack);
}

/* -EAGAIN: another thread has changed the strings between the two passes. */
static int try_build(struct program *program, struct stack *stack)
{
	struct space *space = program->space;
	struct stream *block = &stack->block, *words = &stack->words;
	uaddr_t start;
	int error;

	stream_begin(block, NULL, 0, 0);
	stream_begin(words, NULL, 0, 0);
	error = put_all(program, stack);
	if (error)
		return error;
	start = space->stack_top - block->to;
	program->sp = ALIGN_DOWN(start - words->to, 16);
	error = map_stack(program);
	if (error)
		return error;
	stream_begin(block, space, start, space->stack_top);
	stream_begin(words, space, program->sp, program->sp + words->to);
	error = put_all(program, stack);
	if (!error && (block->to != block->end || words->to != words->end))
		error = -EAGAIN;
	return error;
}

int stack_build(struct program *program)
{
	struct stack stack;
	int error;

	stack.limit = MIN(program->space->stack_limit / 4, STRINGS_MAX);
	stack.limit = MAX(stack.limit, (size_t)ARG_MAX);
	stack.argc = 0;
	random_bytes(stack.random, RANDOM_SIZE);
	do
		error = try_build(program, &stack);
	while (error == -EAGAIN && !signal_is_fatal());
	return error;
}
