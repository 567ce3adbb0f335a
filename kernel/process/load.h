/*
 * Makes of a program's file an address space that is ready to run it.
 */
#ifndef KERNEL_PROCESS_LOAD_H
#define KERNEL_PROCESS_LOAD_H

#include "kernel/fs/file.h"
#include "kernel/mm/space.h"
#include "kernel/process/elf.h"
#include "kernel/process/exec.h"

/* A program on its way into a process; exec.c makes and frees it. */
struct program {
	const char *path;          /* as execve was given it */
	struct file *file;         /* the ELF file */
	struct strings argv, envp; /* read by stack_build() */
	void *script;              /* strings of an optional part, or NULL */

	/* What load_program() finds. */
	struct space *space;
	struct elf_image image;
	struct elf_image
		linker; /* the dynamic linker; without one, 0 segments */
	uaddr_t bias, linker_bias;
	uaddr_t entry; /* the first instruction */
	uaddr_t sp;
};

/* Raised when a file has been opened to be run, where a part refuses by *error;
 * and when the dynamic linker is mapped, or with NULL if there is none. */
HOOK_EVENT(program_opened, struct file *file, int *error);
HOOK_EVENT(linker_mapped, struct file *file);

/* Opens a file to be run: -EACCES for what is none, or as open. */
struct file *load_open(const char *path, int *error);

/* Builds the program's address space and sets the second part of the struct.
 * 0 or -errno. */
int load_program(struct program *program);

/*
 * Maps the new stack and puts the strings, the pointers to them and the auxiliary
 * vector there; sets program->sp (stack.c). Returns 0, -ENOMEM, -E2BIG, or
 * -EFAULT when a string or an array cannot be read.
 */
int stack_build(struct program *program);

#endif
