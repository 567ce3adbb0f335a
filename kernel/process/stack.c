/*
 * What a program finds on its stack (System V ABI 3.4.1), from the top down,
 * as on Linux:
 *
 *	8 bytes of zero
 *	the path given to execve (AT_EXECFN)
 *	strings of the environment, strings of the arguments
 *	"x86_64" (AT_PLATFORM)
 *	16 random bytes (AT_RANDOM)
 *	(zeros up to a multiple of 16)
 *	auxiliary vector, up to AT_NULL
 *	pointers to the environment, NULL
 *	pointers to the arguments, NULL
 *	argc, at RSP, a multiple of 16
 */
#include "kernel/abi/auxv.h"
#include "kernel/abi/errno.h"
#include "kernel/abi/signal.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/fpu.h"
#include "kernel/dev/random.h"
#include "kernel/process/load.h"
#include "kernel/process/process.h"

#define CLOCK_TICKS 100 /* the unit of times(2): 1/100 s */
#define PLATFORM    "x86_64"
#define RANDOM_SIZE 16
#define REDZONE     128

/* Room for a frame: the struct, the FPU's state, alignment, red zone. */
#define FRAME_SIZE (440 + 64 + 16 + REDZONE)

/* Words on their way to the stack, some at a time. */
struct words {
	struct space *space;
	uaddr_t to;
	uaddr_t strings;  /* address of string 0 */
	size_t args, all; /* strings left: arguments, and with environment */
	unsigned count;
	bool failed;
	uint64_t buffer[64];
};

static void flush(struct words *words)
{
	size_t size = words->count * sizeof(uint64_t);

	if (space_write(words->space, words->to, words->buffer, size) !=
	    (long)size)
		words->failed = true;
	words->to += size;
	words->count = 0;
}

static void add_word(struct words *words, uint64_t word)
{
	words->buffer[words->count++] = word;
	if (words->count == ARRAY_SIZE(words->buffer))
		flush(words);
}

static void add_pointer(void *context, size_t offset)
{
	struct words *words = context;

	if (!words->all) /* the path has no pointer here */
		return;
	words->all--;
	add_word(words, words->strings + offset);
	if (words->args && --words->args == 0)
		add_word(words, 0);
}

/* ---- The auxiliary vector --------------------------------------------------- */

static void add_auxv(struct space *space, size_t *count, uint64_t type,
		     uint64_t value)
{
	space->auxv[(*count)++] = type;
	space->auxv[(*count)++] = value;
}

/* Fills in space->auxv, in Linux's order; returns its number of words. */
static size_t make_auxv(const struct program *program, uaddr_t execfn,
			uaddr_t platform, uaddr_t random)
{
	const struct credentials *me = &current_process()->credentials;
	const struct elf_image *image = &program->image;
	struct space *space = program->space;
	size_t n = 0;

	if (space->vdso)
		add_auxv(space, &n, AT_SYSINFO_EHDR, space->vdso);
	add_auxv(space, &n, AT_MINSIGSTKSZ, FRAME_SIZE + fpu_size());
	add_auxv(space, &n, AT_HWCAP, cpu_hwcap());
	add_auxv(space, &n, AT_PAGESZ, PAGE_SIZE);
	add_auxv(space, &n, AT_CLKTCK, CLOCK_TICKS);
	add_auxv(space, &n, AT_PHDR,
		 image->headers ? image->headers + program->bias : 0);
	add_auxv(space, &n, AT_PHENT, sizeof(Elf64_Phdr));
	add_auxv(space, &n, AT_PHNUM, image->header_count);
	add_auxv(space, &n, AT_BASE,
		 program->linker.segment_count
			 ? program->linker.start + program->linker_bias
			 : 0);
	add_auxv(space, &n, AT_FLAGS, 0);
	add_auxv(space, &n, AT_ENTRY, image->entry + program->bias);
	add_auxv(space, &n, AT_UID, me->uid);
	add_auxv(space, &n, AT_EUID, me->euid);
	add_auxv(space, &n, AT_GID, me->gid);
	add_auxv(space, &n, AT_EGID, me->egid);
	add_auxv(space, &n, AT_SECURE, 0);
	add_auxv(space, &n, AT_RANDOM, random);
	add_auxv(space, &n, AT_HWCAP2, 0);
	add_auxv(space, &n, AT_EXECFN, execfn);
	add_auxv(space, &n, AT_PLATFORM, platform);
	add_auxv(space, &n, AT_NULL, 0);
	return n;
}

/* ---- All together ----------------------------------------------------------- */

static int write_block(struct space *space, uaddr_t to, const void *from,
		       size_t size)
{
	return space_write(space, to, from, size) == (long)size ? 0 : -ENOMEM;
}

static int write_words(struct program *program, uaddr_t strings, size_t auxc)
{
	const struct args *args = &program->args;
	struct words words = {
		.space = program->space,
		.to = program->sp,
		.strings = strings,
		.args = args->argc,
		.all = args->argc + args->envc,
	};

	add_word(&words, args->argc);
	args_for_each(args, add_pointer, &words);
	add_word(&words, 0);
	for (size_t i = 0; i < auxc; i++)
		add_word(&words, program->space->auxv[i]);
	flush(&words);
	return words.failed ? -ENOMEM : 0;
}

int stack_build(struct program *program)
{
	struct space *space = program->space;
	const struct args *args = &program->args;
	uaddr_t strings = space->stack_top - 8 - args->size;
	uaddr_t platform = strings - sizeof(PLATFORM);
	uaddr_t random = platform - RANDOM_SIZE;
	char bytes[RANDOM_SIZE];
	size_t auxc = make_auxv(program, strings + args->path_start, platform,
				random);
	size_t words = 1 + args->argc + 1 + args->envc + 1 + auxc;
	int error;

	random_bytes(bytes, sizeof(bytes));
	program->sp = ALIGN_DOWN(random - words * sizeof(uint64_t), 16);
	space->arg_start = strings;
	space->arg_end = strings + args->env_start;
	space->env_start = space->arg_end;
	space->env_end = strings + args->path_start;
	error = args_write(args, space, strings);
	if (!error)
		error = write_block(space, platform, PLATFORM,
				    sizeof(PLATFORM));
	if (!error)
		error = write_block(space, random, bytes, sizeof(bytes));
	if (!error)
		error = write_words(program, strings, auxc);
	return error;
}
