/*
 * Runs a program on Linux with Colonel's vDSO in place of Linux's:
 *
 *	with_vdso IMAGE|none PROGRAM [ARGUMENTS]
 *
 * Stops the program before its first instruction, has it map a data page that
 * says 666 and the image behind it, and corrects AT_SYSINFO_EHDR; `none` takes
 * that entry away, as vdso=0 does.  Its exit status is the program's.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vdso/vvar.h"

#define IMAGE_ROOM 16384

static pid_t child;

static long check(long result, const char *what)
{
	if (result == -1) {
		perror(what);
		if (child > 0)
			kill(child, SIGKILL);
		exit(255);
	}
	return result;
}

static uint64_t peek(uint64_t address)
{
	return ptrace(PTRACE_PEEKDATA, child, address, 0);
}

static void poke(uint64_t address, uint64_t value)
{
	check(ptrace(PTRACE_POKEDATA, child, address, value), "poke");
}

/* Where AT_SYSINFO_EHDR stands on the stack, behind argv and envp. */
static uint64_t find_entry(uint64_t rsp)
{
	uint64_t at = rsp + 8 + 8 * (peek(rsp) + 1);

	while (peek(at))
		at += 8;
	for (at += 8; peek(at) != AT_SYSINFO_EHDR; at += 16)
		if (peek(at) == AT_NULL)
			check(-1, "no AT_SYSINFO_EHDR");
	return at;
}

/* Has the program call mmap() for `size` bytes of every right. */
static uint64_t map_in_child(size_t size)
{
	struct user_regs_struct saved, regs;

	check(ptrace(PTRACE_GETREGS, child, 0, &saved), "registers");
	uint64_t code = peek(saved.rip);

	regs = saved;
	regs.rax = SYS_mmap;
	regs.rdi = 0;
	regs.rsi = size;
	regs.rdx = PROT_READ | PROT_WRITE | PROT_EXEC;
	regs.r10 = MAP_PRIVATE | MAP_ANONYMOUS;
	regs.r8 = -1;
	regs.r9 = 0;
	poke(saved.rip, 0x050f); /* syscall */
	check(ptrace(PTRACE_SETREGS, child, 0, &regs), "registers");
	check(ptrace(PTRACE_SINGLESTEP, child, 0, 0), "step");
	check(waitpid(child, NULL, 0), "wait");
	check(ptrace(PTRACE_GETREGS, child, 0, &regs), "registers");
	poke(saved.rip, code);
	check(ptrace(PTRACE_SETREGS, child, 0, &saved), "registers");
	return regs.rax;
}

static void write_in_child(uint64_t address, const void *from, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	int fd = check(open(path, O_WRONLY), path);

	if (pwrite(fd, from, size, address) != (ssize_t)size)
		check(-1, "write");
	close(fd);
}

static void give_image(const char *file, uint64_t entry)
{
	char image[IMAGE_ROOM] = { 0 };
	struct vvar vvar = { .vnotb = 666 };
	int fd = check(open(file, O_RDONLY), file);

	check(read(fd, image, sizeof(image)), file);
	close(fd);

	uint64_t base = map_in_child(VVAR_SIZE + sizeof(image));

	write_in_child(base, &vvar, sizeof(vvar));
	write_in_child(base + VVAR_SIZE, image, sizeof(image));
	poke(entry + 8, base + VVAR_SIZE);
}

int main(int argc, char **argv)
{
	struct user_regs_struct regs;
	int status;

	if (argc < 3)
		return 255;
	child = check(fork(), "fork");
	if (!child) {
		check(ptrace(PTRACE_TRACEME, 0, 0, 0), "ptrace");
		execv(argv[2], argv + 2);
		check(-1, argv[2]);
	}
	check(waitpid(child, &status, 0), "wait");
	if (!WIFSTOPPED(status))
		return 255;
	check(ptrace(PTRACE_GETREGS, child, 0, &regs), "registers");

	uint64_t entry = find_entry(regs.rsp);

	if (strcmp(argv[1], "none"))
		give_image(argv[1], entry);
	else
		poke(entry, AT_IGNORE);
	check(ptrace(PTRACE_DETACH, child, 0, 0), "detach");
	check(waitpid(child, &status, 0), "wait");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}
