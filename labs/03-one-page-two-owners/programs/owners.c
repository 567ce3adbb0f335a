/*
 * Processes that have the data page, for the graders of lab 3:
 *
 *	owners read		reads the page in two programs, one after another
 *	owners write AT WORD	writes a word there, in several ways
 *	owners around		reads the page, and below it
 *	owners many COUNT	that many programs read the page, one by one
 */
#include "kernel/abi/errno.h"
#include "labs/grader.h"
#include "user/lib/printf.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"

#define PAGE 4096

/* The kernel puts the data page right below the vDSO's image. */
static volatile uint32_t *data_page(void)
{
	return (volatile uint32_t *)(getauxval(AT_SYSINFO_EHDR) - PAGE);
}

/* The exit status of a child that does this, or minus the signal. */
static int in_child(void (*what)(long), long argument)
{
	long pid = call_fork();
	int status = 0;

	if (pid == 0) {
		what(argument);
		call_exit_group(0);
	}
	call_wait4(pid, &status, 0, NULL);
	return status & 0x7f ? -(status & 0x7f) : status >> 8;
}

static void touch(long step)
{
	(void)data_page()[0];
	if (step)
		grader_looks(step);
}

/* A new program, with a new address space. */
static void second_program(long step)
{
	static char *words[] = { "/bin/owners", "quiet", NULL };

	if (step)
		words[1] = "second";
	call_execve(words[0], words, environ);
}

static int read_twice(void)
{
	touch(1);
	return in_child(second_program, 2);
}

static void read_below(long unused)
{
	(void)unused;
	(void)data_page()[-1];
}

static int read_around(void)
{
	touch(0);
	printf("a reader of the page below ends with %d\n",
	       in_child(read_below, 0));
	touch(1);
	return 0;
}

static long place;
static uint32_t word;

static void write_plainly(long unused)
{
	(void)unused;
	data_page()[place] = word;
}

/* By the kernel's hand: read() into the page. */
static long write_by_call(void)
{
	int ends[2];
	long result;

	call_pipe2(ends, 0);
	call_write(ends[1], &word, sizeof(word));
	result = call_read(ends[0], (void *)(data_page() + place),
			   sizeof(word));
	call_close(ends[0]);
	call_close(ends[1]);
	return result;
}

static int try_to_write(void)
{
	void *page = (void *)data_page();

	touch(0);
	printf("the writer ends with %d\n", in_child(write_plainly, 0));
	printf("read() into the page gives %ld\n", write_by_call());
	printf("mprotect(PROT_READ | PROT_WRITE) gives %ld\n",
	       call_mprotect(page, PAGE, PROT_READ | PROT_WRITE));
	printf("then the writer ends with %d\n", in_child(write_plainly, 0));
	printf("the other owner lives\n");
	touch(3);
	return 0;
}

static int many(long count)
{
	/* Before the first look: what the kernel keeps for the next time. */
	for (int i = 0; i < 50; i++)
		in_child(second_program, 0);
	touch(1);
	for (long i = 0; i < count; i++)
		in_child(second_program, 0);
	touch(2);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "read"))
		return read_twice();
	if (argc == 2 && !strcmp(argv[1], "around"))
		return read_around();
	if (argc == 2 &&
	    (!strcmp(argv[1], "second") || !strcmp(argv[1], "quiet"))) {
		touch(argv[1][0] == 's' ? 2 : 0);
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "write")) {
		place = parse_number(argv[2]);
		word = parse_number(argv[3]);
		return try_to_write();
	}
	if (argc == 3 && !strcmp(argv[1], "many"))
		return many(parse_number(argv[2]));
	dprintf(2,
		"usage: owners read | around | write AT WORD | many COUNT\n");
	return 2;
}
