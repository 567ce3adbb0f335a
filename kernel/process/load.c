/*
 * Builds the address space of a new program: its image, the dynamic linker, heap,
 * stack and vDSO, each at a random address. Files are mapped, never copied.
 *
 * From the bottom up there are: the program, at the address that it was linked
 * for, or if it is position independent at two thirds of ring 3's half; its
 * heap; mappings, which are placed downwards from mmap_top; room for the stack to
 * grow; the stack's top; and right above that [vvar] and [vdso].
 */
#include "kernel/process/load.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/dev/random.h"
#include "kernel/fs/path.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/process/process.h"
#include "kernel/process/vdso.h"

/* How many pages an address may vary, as on Linux. */
#define RANDOM_STACK (1ul << 22) /* 16 GiB */
#define RANDOM_MMAP  (1ul << 28) /* 1 TiB */
#define RANDOM_PIE   (1ul << 28)
#define RANDOM_BRK   (1ul << 13) /* 32 MiB */

#define PIE_BASE       (USER_END / 3 * 2 & PAGE_MASK)
#define STACK_TOP      (USER_END - (4ul << 20)) /* above it: the vDSO */
#define STACK_ROOM_MIN (128ul << 20)
#define STACK_ROOM_MAX ((uint64_t)USER_END / 6 * 5)

#define PROT_ALL (PROT_READ | PROT_WRITE | PROT_EXEC)

int randomize_va_space = 2;

uint64_t exec_random(uint64_t limit)
{
	uint32_t number;

	if (!READ_ONCE(randomize_va_space))
		return 0;
	random_bytes(&number, sizeof(number));
	return number % limit;
}

/* ---- Files ------------------------------------------------------------------ */

struct file *load_open(const char *path, int *error)
{
	struct dentry *found = path_lookup(NULL, path, 0, error);
	struct file *file = NULL;

	if (!found)
		return NULL;
	*error = S_ISREG(found->inode->mode)
			 ? inode_permission(found->inode, MAY_EXEC)
			 : -EACCES;
	if (!*error) /* no right to read is needed */
		file = file_open(found, found->inode->file_ops, O_RDONLY,
				 error);
	dentry_put(found);
	if (!file)
		return NULL;
	if (file->ops->read_kernel && file->ops->map_ops)
		HOOK_CALL(program_opened, file, error);
	else
		*error = -EACCES;
	if (!*error)
		return file;
	file_put(file);
	return NULL;
}

/* Reads exactly `size` bytes of a file. 0 or -errno. */
static int read_file(struct elf_source *source, void *to, size_t size,
		     uint64_t position)
{
	struct file *file = source->file;
	long done = file->ops->read_kernel(file, to, size, position);

	if (done < 0)
		return (int)done;
	return (size_t)done == size ? 0 : -EIO;
}

/* Describes an ELF file: see elf_parse(). */
static int parse(struct file *file, struct elf_image *image)
{
	struct elf_source source = { read_file, READ_ONCE(file->inode->size),
				     file };

	return elf_parse(&source, USER_END, image);
}

/* ---- Mapping an image --------------------------------------------------------- */

/* Is nothing mapped in [start, end)? */
static bool is_free(struct space *space, uaddr_t start, uaddr_t end)
{
	struct area *area;
	bool free;

	spin_lock(&space->lock);
	area = space_area(space, start);
	free = !area || area->start >= end;
	spin_unlock(&space->lock);
	return free;
}

/* Clears the rest of a segment's last page, behind what the file fills. */
static int clear_tail(struct space *space, uaddr_t from)
{
	static const char zeros[PAGE_SIZE];
	size_t size = ALIGN_UP(from, PAGE_SIZE) - from;

	return space_copy(space, from, (void *)zeros, size, true) == (long)size
		       ? 0
		       : -ENOMEM;
}

/* The protection that a segment asks for. */
static unsigned segment_prot(const struct elf_segment *segment)
{
	return (segment->flags & PF_R ? PROT_READ : 0) |
	       (segment->flags & PF_W ? PROT_WRITE : 0) |
	       (segment->flags & PF_X ? PROT_EXEC : 0);
}

/* Maps a segment: from the file as far as that goes, and zeros behind it. */
static int map_segment(struct space *space, struct file *file,
		       const struct elf_segment *segment, uaddr_t bias)
{
	struct area from_file = {
		.start = segment->start + bias,
		.end = ALIGN_UP(segment->file_end, PAGE_SIZE) + bias,
		.prot = segment_prot(segment),
		.max_prot = PROT_ALL,
		.ops = file->ops->map_ops,
		.object = file,
		.offset = segment->offset,
	};
	struct area zeroed = {
		.start = from_file.end,
		.end = segment->end + bias,
		.prot = from_file.prot,
		.max_prot = PROT_ALL,
		.ops = &anonymous_ops,
	};
	int error = 0;

	if (!is_free(space, from_file.start, zeroed.end) ||
	    (zeroed.end - zeroed.start) / PAGE_SIZE > frame_count_total())
		return -ENOMEM;
	if (from_file.end > from_file.start) {
		file_get(file);
		error = space_map_fixed(space, &from_file);
	}
	if (!error && segment->memory_end > segment->file_end)
		error = clear_tail(space, segment->file_end + bias);
	if (!error && zeroed.end > zeroed.start)
		error = space_map_fixed(space, &zeroed);
	return error;
}

/* Maps all segments of a program or of the dynamic linker, `bias` above the
 * addresses that it was linked for. */
static int load_image(struct space *space, struct file *file,
		      const struct elf_image *image, uaddr_t bias)
{
	int error = 0;

	if (image->start + bias < USER_MIN ||
	    image->end + bias > space->mmap_top)
		return -ENOMEM;
	if (image->entry + bias >= USER_END)
		return -EINVAL;
	for (unsigned i = 0; !error && i < image->segment_count; i++)
		error = map_segment(space, file, &image->segments[i], bias);
	return error;
}

/* ---- The program and its stack ------------------------------------------------- */

/* Chooses where the stack begins, and where mappings do, below its room. */
static void place_stack(struct program *program)
{
	struct space *space = program->space;
	uint64_t limit = current_process()->limits[RLIMIT_STACK].rlim_cur;
	uint64_t room = MIN(MAX(limit, STACK_ROOM_MIN), STACK_ROOM_MAX);

	space->stack_limit = limit;
	space->stack_top = STACK_TOP - exec_random(RANDOM_STACK) * PAGE_SIZE;
	space->mmap_top =
		ALIGN_DOWN(STACK_TOP - RANDOM_STACK * PAGE_SIZE - room,
			   PAGE_SIZE);
	space->mmap_top -= MIN(exec_random(RANDOM_MMAP) * PAGE_SIZE,
			       space->mmap_top / 2);
	space->mmap_top = ALIGN_DOWN(space->mmap_top, PAGE_SIZE);
}

/* Maps the program, and begins its heap behind it. */
static int map_program(struct program *program)
{
	struct elf_image *image = &program->image;
	struct space *space = program->space;
	uaddr_t base = PIE_BASE + exec_random(RANDOM_PIE) * PAGE_SIZE;
	int error;

	if (!image->fixed)
		program->bias = ALIGN_DOWN(base, image->align) -
				ALIGN_DOWN(image->start, image->align);
	error = load_image(space, program->file, image, program->bias);
	space->brk_start = image->end + program->bias;
	if (READ_ONCE(randomize_va_space) > 1)
		space->brk_start += exec_random(RANDOM_BRK) * PAGE_SIZE;
	space->brk = space->brk_start;
	program->entry = image->entry + program->bias;
	return error;
}

/* ---- The dynamic linker --------------------------------------------------------- */

/* Reads the path in PT_INTERP; `path` holds ELF_MAX_INTERPRETER bytes. 0 or
 * -errno. */
static int read_linker_path(struct program *program, char *path)
{
	struct elf_image *image = &program->image;
	struct elf_source source = { .file = program->file };
	int error = read_file(&source, path, image->interpreter_size,
			      image->interpreter_offset);

	if (error)
		return error;
	return path[image->interpreter_size - 1] ? -ENOEXEC : 0;
}

/* Maps the dynamic linker, which runs first then: the program's entry is its
 * own. */
static int map_linker(struct program *program, struct file *file)
{
	struct elf_image *image = &program->linker;
	struct space *space = program->space;
	int error = parse(file, image);
	uaddr_t base;

	if (error)
		return error == -ENOEXEC || error == -EINVAL ? -ELIBBAD : error;
	if (!image->fixed) {
		spin_lock(&space->lock);
		base = space_find_free(space, 0,
				       image->end - image->start +
					       image->align);
		spin_unlock(&space->lock);
		if (!base)
			return -ENOMEM;
		program->linker_bias = ALIGN_UP(base, image->align) -
				       ALIGN_DOWN(image->start, image->align);
	}
	program->entry = image->entry + program->linker_bias;
	return load_image(space, file, image, program->linker_bias);
}

/* Maps the dynamic linker that the program names, if it names one. */
static int load_linker(struct program *program)
{
	struct file *file = NULL;
	char *path;
	int error;

	if (!program->image.interpreter_size)
		return 0;
	path = kmalloc(ELF_MAX_INTERPRETER);
	if (!path)
		return -ENOMEM;
	error = read_linker_path(program, path);
	if (!error)
		file = load_open(path, &error);
	if (file)
		error = map_linker(program, file);
	HOOK_CALL(linker_mapped, file);
	file_put(file);
	kfree(path);
	return error;
}

/* ---- All together ------------------------------------------------------------- */

int load_program(struct program *program)
{
	int error = parse(program->file, &program->image);

	if (error)
		return error;
	program->space = space_new();
	if (!program->space)
		return -ENOMEM;
	place_stack(program);
	error = map_program(program);
	if (!error)
		error = load_linker(program);
	if (!error)
		error = arch_setup_additional_pages(program->space);
	if (!error)
		error = stack_build(program);
	return error;
}
