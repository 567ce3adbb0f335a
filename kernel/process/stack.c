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
 * Both parts are collected in the kernel's memory first, because the block ends
 * where the stack does, and its size is not known before its last string. The
 * pointers are offsets in the block until then.
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
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/load.h"
#include "kernel/process/process.h"

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
#define STRING_STEP 512 /* bytes of a string that are read at once */

/* Bytes for the new stack. */
struct buffer {
	char *bytes;
	size_t used, room;
};

struct stack {
	struct buffer block, words;
	size_t strings; /* bytes of strings and of their pointers, so far */
	size_t limit;   /* how many there may be */
};

/* Adds `size` bytes to a buffer. Returns where to write them, or NULL when out
 * of memory. */
static void *buffer_add(struct buffer *buffer, size_t size)
{
	size_t used = buffer->used, room = MAX(2 * buffer->room, PAGE_SIZE);

	if (used + size > buffer->room) {
		char *bytes = kmalloc(room);

		if (!bytes)
			return NULL;
		memcpy(bytes, buffer->bytes, used);
		kfree(buffer->bytes);
		buffer->bytes = bytes;
		buffer->room = room;
	}
	buffer->used += size;
	return buffer->bytes + used;
}

/* Adds bytes. 0 or -ENOMEM. */
static int put_bytes(struct buffer *buffer, const void *from, size_t size)
{
	void *to = buffer_add(buffer, size);

	if (!to)
		return -ENOMEM;
	memcpy(to, from, size);
	return 0;
}

static int put_word(struct buffer *buffer, uint64_t word)
{
	return put_bytes(buffer, &word, sizeof(word));
}

/* Adds a string of the program that calls execve. 0, -EFAULT, -E2BIG, -ENOMEM. */
static int put_user_string(struct buffer *block, uaddr_t string)
{
	for (size_t done = 0; done < STRING_MAX; done += STRING_STEP) {
		char *to = buffer_add(block, STRING_STEP);
		long length;

		if (!to)
			return -ENOMEM;
		length = strncpy_from_user(to, string + done, STRING_STEP);
		if (length >= 0) {
			block->used -= STRING_STEP - ((size_t)length + 1);
			return 0;
		}
		if (length != -ENAMETOOLONG)
			return (int)length;
	}
	return -E2BIG;
}

/* Adds a string, of the kernel's own or of a program at `user`, and a pointer
 * to it. */
static int put_argument(struct stack *stack, const char *kernel, uaddr_t user)
{
	size_t start = stack->block.used;
	int error = put_word(&stack->words, start);

	if (!error && kernel)
		error = put_bytes(&stack->block, kernel, strlen(kernel) + 1);
	else if (!error)
		error = put_user_string(&stack->block, user);
	stack->strings += stack->block.used - start + sizeof(uint64_t);
	return !error && stack->strings > stack->limit ? -E2BIG : error;
}

/* Adds all strings of an array, and NULL behind the pointers to them. Counts
 * them in *count. */
static int put_array(struct stack *stack, const struct strings *array,
		     size_t *count)
{
	uint64_t string;
	int error = 0;

	*count = 0;
	for (const char *const *at = array->kernel; at && *at && !error; at++) {
		error = put_argument(stack, *at, 0);
		++*count;
	}
	for (uaddr_t at = array->user; at && !error; at += sizeof(string)) {
		error = get_user64(&string, at);
		if (error || !string)
			break;
		error = put_argument(stack, NULL, string);
		++*count;
		sched_point();
	}
	return error ?: put_word(&stack->words, 0);
}

/* Adds the auxiliary vector (getauxval(3)): what the kernel tells the program, in
 * Linux's order. The first entry leads to the vDSO; without a vDSO it is left
 * out. The block begins at `block`. */
static int make_auxv(const struct program *program, struct buffer *words,
		     uaddr_t block)
{
	const struct credentials *me = &current_process()->credentials;
	const struct elf_image *image = &program->image;
	const struct elf_image *linker = &program->linker;
	const struct space *space = program->space;
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
		{ AT_RANDOM, block },
		{ AT_HWCAP2, 0 },
		{ AT_EXECFN, space->env_end },
		{ AT_PLATFORM, block + RANDOM_SIZE },
		{ AT_NULL, 0 },
	};
	size_t skip = space->vdso ? 0 : 1;

	return put_bytes(words, auxv + skip,
			 sizeof(auxv) - skip * sizeof(auxv[0]));
}

/* Collects the block and the pointers. No program of today survives an empty
 * argument list (CVE-2021-4034), so it gets an empty name. The places that the
 * space remembers are offsets in the block, as the pointers are. */
static int stack_collect(struct stack *stack, const struct program *program)
{
	static const char *const no_name[] = { "", NULL };
	const struct strings nameless = { .kernel = no_name };
	struct buffer *block = &stack->block, *words = &stack->words;
	struct space *space = program->space;
	size_t path_size = strlen(program->path) + 1, argc, envc;
	char random[RANDOM_SIZE];
	int error;

	random_bytes(random, RANDOM_SIZE);
	stack->strings = path_size + sizeof(uint64_t);
	error = put_bytes(block, random, RANDOM_SIZE) ?:
		put_bytes(block, PLATFORM, sizeof(PLATFORM)) ?:
		put_word(words, 0);
	space->arg_start = block->used;
	if (!error)
		error = put_array(stack, &program->argv, &argc);
	if (!error && !argc) {
		words->used = sizeof(uint64_t);
		error = put_array(stack, &nameless, &argc);
	}
	if (!error)
		memcpy(words->bytes, &argc, sizeof(argc));
	space->arg_end = space->env_start = block->used;
	if (!error)
		error = put_array(stack, &program->envp, &envc);
	space->env_end = block->used;
	return error ?: put_bytes(block, program->path, path_size) ?:
			put_word(block, 0);
}

/* The block begins at `start`: makes addresses of the offsets. */
static void stack_relocate(struct stack *stack, struct space *space,
			   uaddr_t start)
{
	uint64_t *words = (uint64_t *)stack->words.bytes;

	for (size_t i = 1; i < stack->words.used / sizeof(*words); i++)
		words[i] += words[i] ? start : 0;
	space->arg_start += start;
	space->arg_end += start;
	space->env_start += start;
	space->env_end += start;
}

/* Maps the stack, from its top to some room below the stack pointer. */
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

/* Copies a part to the new stack. 0 or -ENOMEM. */
static int stack_write(struct space *space, uaddr_t to,
		       const struct buffer *part)
{
	long done = space_copy(space, to, part->bytes, part->used, true);

	return done == (long)part->used ? 0 : -ENOMEM;
}

/* Builds the stack from its two parts, which the caller frees. */
static int stack_fill(struct program *program, struct stack *stack)
{
	struct space *space = program->space;
	int error = stack_collect(stack, program);
	uaddr_t start = space->stack_top - stack->block.used;
	size_t pointers;

	if (error)
		return error;
	stack_relocate(stack, space, start);
	pointers = stack->words.used;
	error = make_auxv(program, &stack->words, start);
	program->sp = ALIGN_DOWN(start - stack->words.used, 16);
	space->auxv_start = program->sp + pointers;
	space->auxv_end = program->sp + stack->words.used;
	return error ?: map_stack(program) ?:
			stack_write(space, start, &stack->block) ?:
			stack_write(space, program->sp, &stack->words);
}

int stack_build(struct program *program)
{
	struct stack stack = { .strings = 0 };
	int error;

	stack.limit = MIN(program->space->stack_limit / 4, STRINGS_MAX);
	stack.limit = MAX(stack.limit, (size_t)ARG_MAX);
	error = stack_fill(program, &stack);
	kfree(stack.block.bytes);
	kfree(stack.words.bytes);
	return error;
}
