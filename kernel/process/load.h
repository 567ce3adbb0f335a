/*
 * From a program's file to an address space that is ready to run it.
 */
#ifndef KERNEL_PROCESS_LOAD_H
#define KERNEL_PROCESS_LOAD_H

#include "kernel/fs/file.h"
#include "kernel/mm/space.h"
#include "kernel/process/args.h"
#include "kernel/process/elf.h"

#define SCRIPT_DEPTH 5   /* scripts whose interpreter is a script */
#define SCRIPT_LINE  256 /* the first line counts up to here */

/* A program on its way into a process; exec.c makes and frees it. */
struct program {
	const char *path;  /* as execve was given it */
	struct file *file; /* the ELF file */
	struct args args;
	uint64_t stack_limit; /* bytes */

	/* What load_program() finds. */
	struct space *space;
	struct elf_image image;
	struct elf_image linker; /* dynamic linker; no segments: none */
	uaddr_t bias, linker_bias;
	uaddr_t entry; /* the first instruction */
	uaddr_t sp;

	/* Scripts on the way to the file: the innermost first. */
	unsigned script_count;
	struct script {
		struct script *outer;
		char *interpreter, *argument; /* in `line`; NULL: none */
		char line[SCRIPT_LINE];       /* its first */
	} *scripts;
};

/* Opens a file to be run: -EACCES for what is none, -ETXTBSY, or as open. */
struct file *load_open(const char *path, int *error);
void load_close(struct file *file); /* NULL is ignored */

/* Fills in the program's second part: 0 or -errno. */
int load_program(struct program *program);

/* stack.c: puts the strings, the auxiliary vector and the pointers on the new
 * stack; sets program->sp. 0 or -ENOMEM. */
int stack_build(struct program *program);

#endif
