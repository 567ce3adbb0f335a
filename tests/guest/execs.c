/* needs: procfs scripts signals */
/*
 * execve: what the new program is given (arguments, environment, auxiliary
 * vector, stack, registers), what it keeps of the old one, and how execve
 * fails.  The program runs itself again, with a word that says which part to
 * play.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "kernel/abi/prctl.h"
#include "tests/guest/image.h"
#include "user/lib/file.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/tap.h"

#define KERNEL_ADDRESS 0xffffffff80000000
#define SCRATCH        "/tmp/execs.scratch"

/* Path of this program, as execve got it. */
static const char *self;

struct exec {
	const char *path;
	char *const *argv;
	char *const *envp;
};

static int do_exec(void *arg)
{
	struct exec *exec = arg;

	return -call_execve(exec->path, exec->argv, exec->envp);
}

/* Runs a program in a child; its standard output comes back. */
static int run(const char *path, char *const argv[], char *const envp[],
	       char *output, size_t size)
{
	int fds[2], status;
	long len = 0, n;

	call_pipe2(fds, O_CLOEXEC);

	long pid = call_fork();

	if (pid == 0) {
		call_dup2(fds[1], 1);
		exit(-call_execve(path, argv, envp));
	}
	call_close(fds[1]);
	while ((n = call_read(fds[0], output + len, size - 1 - len)) > 0)
		len += n;
	output[len] = '\0';
	call_close(fds[0]);
	call_wait4(pid, &status, 0, NULL);
	return status;
}

/* Runs this program, as the part argv[1]. */
static int run_part(char *const argv[], char *const envp[], char *output,
		    size_t size)
{
	return run(self, argv, envp, output, size);
}

/* ---- Parts --------------------------------------------------------------- */

static int part_print(int argc, char **argv, char **envp)
{
	for (int i = 0; i <= argc; i++)
		printf("[%s]", argv[i] ? argv[i] : "NULL");
	for (; *envp; envp++)
		printf("{%s}", *envp);
	return argc;
}

/* How many arguments follow, and whether the last one is as long as told. */
static int part_count(int argc, char **argv)
{
	printf("%d %zu", argc, strlen(argv[argc - 1]));
	return 0;
}

static int part_alignment(int argc, char **argv)
{
	(void)argc;
	return (uintptr_t)(argv - 1) % 16;
}

static int part_execfn(void)
{
	printf("%s", (const char *)getauxval(AT_EXECFN));
	return 0;
}

static int part_random(void)
{
	const uint64_t *random = (void *)getauxval(AT_RANDOM);

	printf("%016lx%016lx", random[0], random[1]);
	return 0;
}

static uintptr_t stack_top(void)
{
	char *maps, *line, *dash;
	uintptr_t top = 0;

	if (file_load("/proc/self/maps", &maps) < 0)
		return 0;
	line = strstr(maps, "[stack]");
	while (line && line > maps && line[-1] != '\n')
		line--;
	dash = line ? strchr(line, '-') : NULL;
	while (dash && *++dash != ' ')
		top = top * 16 +
		      (*dash <= '9' ? *dash - '0' : *dash - 'a' + 10);
	file_drop(maps);
	return top;
}

static void wipe(const char *string)
{
	memset((char *)string, 0, strlen(string));
}

/*
 * Wipes all that ought to be on the initial stack above its pointers; what is
 * left must be zero.  The number of other bytes, up to 100.
 */
static int part_stack(int argc, char **argv, char **envp)
{
	const Elf64_auxv_t *a = auxv;
	unsigned char *left, *top = (unsigned char *)stack_top();
	int unexplained = 0;

	if (!top)
		return 101;
	wipe((char *)getauxval(AT_EXECFN));
	wipe((char *)getauxval(AT_PLATFORM));
	memset((char *)getauxval(AT_RANDOM), 0, 16);
	for (int i = 0; i < argc; i++)
		wipe(argv[i]);
	for (; *envp; envp++)
		wipe(*envp);
	while (a->a_type != AT_NULL)
		a++;
	for (left = (unsigned char *)(a + 1); left < top; left++)
		if (*left && unexplained < 100)
			unexplained++;
	return unexplained;
}

static int part_descriptors(char *kept, char *closed)
{
	if (call_fcntl(*kept - '0', F_GETFD, 0) != 0)
		return 1;
	if (call_fcntl(*closed - '0', F_GETFD, 0) != -EBADF)
		return 2;
	return 0;
}

static uint64_t handler_of(int sig)
{
	struct kernel_sigaction action = { .sa_handler = 99 };

	call_rt_sigaction(sig, NULL, &action);
	return action.sa_handler;
}

static int part_signals(char *pid)
{
	sigset_t mask, pending;
	stack_t stack;

	call_rt_sigprocmask(SIG_BLOCK, NULL, &mask);
	syscall(SYS_rt_sigpending, &pending, sizeof(pending));
	call_sigaltstack(NULL, &stack);
	if (handler_of(SIGUSR1) != SIG_DFL)
		return 1;
	if (handler_of(SIGUSR2) != SIG_IGN)
		return 2;
	if (mask != SIGNAL_BIT(SIGTERM))
		return 3;
	if (pending != SIGNAL_BIT(SIGTERM))
		return 4;
	if (stack.ss_flags != SS_DISABLE)
		return 5;
	return call_getpid() == parse_number(pid) ? 0 : 6;
}

/* Execs itself with a smaller and smaller number. */
static int part_chain(char **argv)
{
	long left = parse_number(argv[2]);
	char number[20];
	char *next[] = { argv[0], argv[1], number, NULL };

	if (left == 0)
		return 77;
	snprintf(number, sizeof(number), "%ld", left - 1);
	return -call_execve(self, next, environ);
}

static int play(int argc, char **argv, char **envp)
{
	const char *part = argv[1];

	if (!strcmp(part, "print"))
		return part_print(argc, argv, envp);
	if (!strcmp(part, "count"))
		return part_count(argc, argv);
	if (!strcmp(part, "alignment"))
		return part_alignment(argc, argv);
	if (!strcmp(part, "random"))
		return part_random();
	if (!strcmp(part, "execfn"))
		return part_execfn();
	if (!strcmp(part, "stack"))
		return part_stack(argc, argv, envp);
	if (!strcmp(part, "descriptors"))
		return part_descriptors(argv[2], argv[3]);
	if (!strcmp(part, "signals"))
		return part_signals(argv[2]);
	if (!strcmp(part, "chain"))
		return part_chain(argv);
	return 100;
}

/* ---- Arguments and environment ------------------------------------------- */

static void test_arguments(void)
{
	char out[256];
	char *argv[] = { "zero", "print", "", "a b", NULL };
	char *envp[] = { "A=1", "", "B", NULL };
	char *none[] = { NULL };
	int status = run_part(argv, envp, out, sizeof(out));

	is(status, EXITED(4), "argc");
	if (!ok(!strcmp(out, "[zero][print][][a b][NULL]{A=1}{}{B}"),
		"argv and envp"))
		diag("got %s", out);
	run_part(argv, none, out, sizeof(out));
	ok(!strcmp(out, "[zero][print][][a b][NULL]"), "no environment");
	run_part(argv, NULL, out, sizeof(out));
	ok(!strcmp(out, "[zero][print][][a b][NULL]"), "environment NULL");
}

/* The image's code: exits with argc. */
static void test_no_arguments(void)
{
	static const unsigned char exit_argc[] = {
		0x8b, 0x3c, 0x24,             /* mov edi, [rsp] */
		0xb8, 0x3c, 0x00, 0x00, 0x00, /* mov eax, SYS_exit */
		0x0f, 0x05,                   /* syscall */
	};
	char *none[] = { NULL };
	struct exec empty = { SCRATCH, none, none };
	struct exec null = { SCRATCH, NULL, NULL };
	struct image image;

	image_init(&image, exit_argc, sizeof(exit_argc));
	is(image_write(SCRATCH, &image, sizeof(image), 0755), 0,
	   "write an image");
	child_exits(do_exec, &empty, 1, "argv {NULL} becomes {\"\", NULL}");
	child_exits(do_exec, &null, 1, "argv NULL too");
	call_unlink(SCRATCH);
}

static void test_many_arguments(void)
{
	static char *argv[20003];
	static char word[60001];
	char out[64], *none[] = { NULL };

	argv[0] = "execs";
	argv[1] = "count";
	for (int i = 2; i < 3000; i++)
		argv[i] = "word";
	argv[3000] = NULL;
	run_part(argv, none, out, sizeof(out));
	ok(!strcmp(out, "3000 4"), "3,000 arguments");

	memset(word, 'x', sizeof(word) - 1);
	argv[2] = word;
	argv[3] = NULL;
	run_part(argv, none, out, sizeof(out));
	ok(!strcmp(out, "3 60000"), "an argument of 60,000 characters");
}

static void test_too_many_arguments(void)
{
	size_t count = 1 << 20;
	char **argv = call_mmap(NULL, (count + 1) * sizeof(char *),
				PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t size = 32 << 12;
	char *word = call_mmap(NULL, size + 4096, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *none[] = { NULL };

	for (size_t i = 0; i < count; i++)
		argv[i] = "";
	argv[count] = NULL;
	is(call_execve(self, argv, none), -E2BIG, "a million empty arguments");
	is(call_execve(self, none, argv), -E2BIG, "or environment strings");

	memset(word, 'x', size);
	argv[0] = word;
	argv[1] = NULL;
	is(call_execve(self, argv, none), -E2BIG, "a string of %zu characters",
	   size);
	word[size - 4096] = '\0';
	for (size_t i = 0; i < 100; i++)
		argv[i] = word;
	argv[100] = NULL;
	is(call_execve(self, argv, none), -E2BIG,
	   "a hundred strings of %zu characters", size - 4096);
	call_munmap(argv, (count + 1) * sizeof(char *));
	call_munmap(word, size + 4096);
}

/* ---- Bad pointers -------------------------------------------------------- */

static void test_bad_pointers(void)
{
	char *edge = call_mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *none[] = { NULL };
	static const uint64_t evil[] = {
		8,
		4095,
		KERNEL_ADDRESS,
		0x800000000000,
		(uint64_t)-8,
		0xffff888000000000,
		0x7ffffffff000,
	};

	call_munmap(edge + 4096, 4096);
	for (unsigned i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		char *bad = (char *)evil[i];
		char *argv[] = { bad, NULL };
		char *argv2[] = { "x", bad, NULL };

		is(call_execve(bad, none, none), -EFAULT, "path at %p", bad);
		is(call_execve(self, (char **)bad, none), -EFAULT, "argv at %p",
		   bad);
		is(call_execve(self, none, (char **)bad), -EFAULT, "envp at %p",
		   bad);
		is(call_execve(self, argv, none), -EFAULT, "argv[0] at %p",
		   bad);
		is(call_execve(self, argv2, none), -EFAULT, "argv[1] at %p",
		   bad);
		is(call_execve(self, none, argv2), -EFAULT, "envp[1] at %p",
		   bad);
	}

	char **array = (char **)(edge + 4096) - 3;
	char *string = edge + 4096 - 16;

	array[0] = array[1] = array[2] = "x";
	is(call_execve(self, array, none), -EFAULT,
	   "argv without an end, up to the end of its page");
	memset(string, 'x', 16);
	array = (char **)edge;
	array[0] = string;
	array[1] = NULL;
	is(call_execve(self, array, none), -EFAULT,
	   "a string without an end, up to the end of its page");
	is(call_execve(string, none, none), -EFAULT, "a path without an end");
	call_munmap(edge, 4096);
}

/* ---- Files that are no programs ------------------------------------------ */

static void test_path_errors(void)
{
	static char long_path[PATH_MAX + 1];
	static char long_name[NAME_MAX + 8] = "/tmp/";
	char *none[] = { NULL };

	is(call_execve("", none, none), -ENOENT, "path \"\"");
	is(call_execve(SCRATCH, none, none), -ENOENT, "no such file");
	is(call_execve("/tmp", none, none), -EACCES, "a directory");
	is(call_execve("/dev/null", none, none), -EACCES, "a device");
	memset(long_path, '/', PATH_MAX);
	is(call_execve(long_path, none, none), -ENAMETOOLONG,
	   "a path of %d characters", PATH_MAX);
	memset(long_name + 5, 'x', NAME_MAX + 1);
	is(call_execve(long_name, none, none), -ENAMETOOLONG,
	   "a name of %d characters", NAME_MAX + 1);

	char path[128];

	snprintf(path, sizeof(path), "%s/x", self);
	is(call_execve(path, none, none), -ENOTDIR, "below a file");
}

static void test_no_program(void)
{
	char *none[] = { NULL };
	char *argv[] = { "zero", "one", NULL };
	struct image image;
	char script[160], out[256], expected[256];
	static const unsigned char code[] = { 0x0f, 0x0b };

	image_init(&image, code, sizeof(code));
	image_write(SCRATCH, &image, sizeof(image), 0644);
	is(call_execve(SCRATCH, none, none), -EACCES,
	   "a program without permission to execute, even for root");
	image_write(SCRATCH, "", 0, 0755);
	is(call_execve(SCRATCH, none, none), -ENOEXEC, "an empty file");
	image_write(SCRATCH, "exit 3\n", 7, 0755);
	is(call_execve(SCRATCH, none, none), -ENOEXEC, "a text");
	image_write(SCRATCH, "#!/nowhere\n", 11, 0755);
	is(call_execve(SCRATCH, none, none), -ENOENT,
	   "a script whose interpreter is not there");
	image_write(SCRATCH, "#!\n", 3, 0755);
	is(call_execve(SCRATCH, none, none), -ENOEXEC,
	   "a script that names no interpreter");
	image_write(SCRATCH, "#!" SCRATCH "\n", sizeof(SCRATCH) + 2, 0755);
	is(call_execve(SCRATCH, none, none), -ELOOP,
	   "a script that is its own interpreter");

	int len = snprintf(script, sizeof(script), "#! %s print \n", self);

	image_write(SCRATCH, script, len, 0755);
	snprintf(expected, sizeof(expected), "[%s][print][%s][one][NULL]", self,
		 SCRATCH);
	run(SCRATCH, argv, none, out, sizeof(out));
	ok(!strcmp(out, expected),
	   "a script: interpreter, its argument, path, argv[1]…");
	call_unlink(SCRATCH);
}

/* ---- The auxiliary vector and the stack ---------------------------------- */

static void test_auxv(void)
{
	const Elf64_auxv_t *last = auxv;
	int seen[64] = { 0 }, twice = 0;

	for (; last->a_type != AT_NULL; last++)
		if (last->a_type < 64 && seen[last->a_type]++)
			twice++;
	is(twice, 0, "no entry stands twice");
	is(getauxval(AT_PAGESZ), 4096, "AT_PAGESZ");
	is(getauxval(AT_CLKTCK), 100, "AT_CLKTCK");
	is(getauxval(AT_PHENT), sizeof(Elf64_Phdr), "AT_PHENT");
	is(getauxval(AT_BASE), 0, "AT_BASE without a dynamic linker");
	is(getauxval(AT_FLAGS), 0, "AT_FLAGS");
	is(getauxval(AT_SECURE), 0, "AT_SECURE");
	is(getauxval(AT_UID), syscall(SYS_getuid), "AT_UID");
	is(getauxval(AT_EUID), syscall(SYS_geteuid), "AT_EUID");
	is(getauxval(AT_GID), syscall(SYS_getgid), "AT_GID");
	is(getauxval(AT_EGID), syscall(SYS_getegid), "AT_EGID");
	ok(!strcmp((char *)getauxval(AT_PLATFORM), "x86_64"), "AT_PLATFORM");
	ok(getauxval(AT_HWCAP) & 1, "AT_HWCAP has the FPU bit");

	const Elf64_Phdr *segment = (void *)getauxval(AT_PHDR);
	const Elf64_Ehdr *header = (void *)((uintptr_t)segment & ~4095ul);

	ok(!memcmp(header->e_ident, ELFMAG, SELFMAG) &&
		   (uintptr_t)segment == (uintptr_t)header + header->e_phoff,
	   "AT_PHDR points into the ELF header's page");
	is(getauxval(AT_PHNUM), header->e_phnum, "AT_PHNUM");
	is(getauxval(AT_ENTRY), header->e_entry, "AT_ENTRY");
}

static void test_execfn(void)
{
	char path[128], out[128];
	char *argv[] = { "x", "execfn", NULL };

	snprintf(path, sizeof(path), "%s%s", *self == '/' ? "/." : "./", self);
	run(path, argv, environ, out, sizeof(out));
	ok(!strcmp(out, path), "AT_EXECFN is the path as execve got it");
}

static void test_stack(void)
{
	char *argv[12] = { "execs", "alignment" };
	char *env[] = { "HOME=/root", "X=yz", NULL };
	char out[80], random[20][40];
	int distinct = 1;

	for (int i = 2; i < 11; i++) {
		argv[i] = &"123456789"[i % 9];
		is(run_part(argv, env, out, sizeof(out)), EXITED(0),
		   "rsp is 16-byte aligned with %d arguments", i);
	}
	argv[1] = "stack";
	is(run_part(argv, env, out, sizeof(out)), EXITED(0),
	   "every byte of the initial stack is accounted for");
	argv[1] = "random";
	for (int i = 0; i < 20; i++) {
		run_part(argv, env, random[i], sizeof(random[i]));
		for (int j = 0; j < i; j++)
			distinct &= strcmp(random[i], random[j]) != 0;
	}
	is(strlen(random[0]), 32, "AT_RANDOM can be read");
	ok(distinct, "AT_RANDOM differs in 20 programs");
}

/* ---- Registers ----------------------------------------------------------- */

/* Writes all registers to descriptor 1, then exits with 0. */
extern const unsigned char dump_start[], dump_end[];
asm(".pushsection .rodata\n"
    "dump_start:\n"
    "	pushfq\n"
    "	push %r15\n push %r14\n push %r13\n push %r12\n"
    "	push %r11\n push %r10\n push %r9\n push %r8\n"
    "	push %rbp\n push %rdi\n push %rsi\n push %rdx\n"
    "	push %rcx\n push %rbx\n push %rax\n"
    "	mov %cs, %eax\n push %rax\n mov %ss, %eax\n push %rax\n"
    "	mov %ds, %eax\n push %rax\n mov %es, %eax\n push %rax\n"
    "	mov %fs, %eax\n push %rax\n mov %gs, %eax\n push %rax\n"
    "	sub $16, %rsp\n stmxcsr (%rsp)\n movl $0, 4(%rsp)\n"
    "	fnstcw 8(%rsp)\n fnstsw 10(%rsp)\n movl $0, 12(%rsp)\n"
    "	sub $256, %rsp\n"
    "	movups %xmm0, (%rsp)\n movups %xmm1, 16(%rsp)\n"
    "	movups %xmm2, 32(%rsp)\n movups %xmm3, 48(%rsp)\n"
    "	movups %xmm4, 64(%rsp)\n movups %xmm5, 80(%rsp)\n"
    "	movups %xmm6, 96(%rsp)\n movups %xmm7, 112(%rsp)\n"
    "	movups %xmm8, 128(%rsp)\n movups %xmm9, 144(%rsp)\n"
    "	movups %xmm10, 160(%rsp)\n movups %xmm11, 176(%rsp)\n"
    "	movups %xmm12, 192(%rsp)\n movups %xmm13, 208(%rsp)\n"
    "	movups %xmm14, 224(%rsp)\n movups %xmm15, 240(%rsp)\n"
    "	mov $1, %edi\n mov %rsp, %rsi\n mov $448, %edx\n"
    "	mov $1, %eax\n syscall\n"
    "	xor %edi, %edi\n mov $60, %eax\n syscall\n"
    "dump_end:\n"
    ".popsection");

struct registers {
	uint64_t xmm[32];
	uint32_t mxcsr, zero;
	uint16_t fcw, fsw;
	uint32_t zero2;
	uint64_t gs, fs, es, ds, ss, cs;
	uint64_t general[15]; /* rax rbx rcx rdx rsi rdi rbp r8 … r15 */
	uint64_t rflags;
};

_Static_assert(sizeof(struct registers) == 448, "what dump_start writes");

static void dirty_registers(void)
{
	asm volatile("pcmpeqd %%xmm0, %%xmm0; movaps %%xmm0, %%xmm7;"
		     "movaps %%xmm0, %%xmm15; fldpi; fldpi; std; cld"
		     :
		     :
		     : "xmm0", "xmm7", "xmm15");
}

static void test_registers(void)
{
	static const char *const names[] = {
		"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8",
		"r9",  "r10", "r11", "r12", "r13", "r14", "r15",
	};
	char *none[] = { NULL };
	struct registers regs;
	struct image image;
	uint64_t xmm = 0;
	int fds[2];

	call_pipe2(fds, O_CLOEXEC);
	image_init(&image, dump_start, dump_end - dump_start);
	image_write(SCRATCH, &image, sizeof(image), 0755);

	long pid = call_fork();

	if (pid == 0) {
		call_dup2(fds[1], 1);
		dirty_registers();
		exit(-call_execve(SCRATCH, none, none));
	}
	is(call_read(fds[0], &regs, sizeof(regs)), sizeof(regs),
	   "a program writes its first registers");
	call_wait4(pid, NULL, 0, NULL);
	call_close(fds[0]);
	call_close(fds[1]);
	call_unlink(SCRATCH);

	for (int i = 0; i < 15; i++)
		is(regs.general[i], 0, "%s is 0", names[i]);
	for (int i = 0; i < 32; i++)
		xmm |= regs.xmm[i];
	is(xmm, 0, "xmm0 to xmm15 are 0");
	is(regs.mxcsr, 0x1f80, "mxcsr");
	is(regs.fcw, 0x37f, "x87 control word");
	is(regs.fsw, 0, "x87 status word");
	is(regs.rflags & ~0x40000ul, 0x202, "rflags: interrupts on");
	is(regs.cs, 0x33, "cs");
	is(regs.ss, 0x2b, "ss");
	is(regs.ds | regs.es | regs.fs | regs.gs, 0, "ds, es, fs, gs are 0");
}

/* ---- What survives ------------------------------------------------------- */

static void on_signal(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
}

static int exec_with_signals(void *unused)
{
	static char stack_memory[SIGSTKSZ];
	stack_t stack = { .ss_sp = (uint64_t)stack_memory,
			  .ss_size = sizeof(stack_memory) };
	sigset_t mask = SIGNAL_BIT(SIGTERM);
	char pid[16], *argv[] = { "execs", "signals", pid, NULL };

	(void)unused;
	snprintf(pid, sizeof(pid), "%ld", call_getpid());
	signal_set(SIGUSR1, on_signal, 0);
	signal_plain(SIGUSR2, SIG_IGN);
	call_sigaltstack(&stack, NULL);
	call_rt_sigprocmask(SIG_SETMASK, &mask, NULL);
	call_kill(call_getpid(), SIGTERM);
	return -call_execve(self, argv, environ);
}

static int exec_with_descriptors(void *unused)
{
	int fds[2];
	char kept[2] = "", closed[2] = "";
	char *argv[] = { "execs", "descriptors", kept, closed, NULL };

	(void)unused;
	call_pipe2(fds, 0);
	call_fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	kept[0] = '0' + fds[0];
	closed[0] = '0' + fds[1];
	return -call_execve(self, argv, environ);
}

/* A heap and a mapping full of data must not be seen by the next program. */
static int exec_with_base(void *unused)
{
	char *argv[] = { "execs", "chain", "0", NULL };

	(void)unused;
	syscall(SYS_arch_prctl, ARCH_SET_FS, 0x12345000);
	return -call_execve(self, argv, environ);
}

static void test_survival(void)
{
	char *argv[] = { "execs", "chain", "50", NULL };
	struct exec chain = { self, argv, environ };

	child_exits(exec_with_signals, NULL, 0,
		    "exec keeps pid, mask, pending and ignored signals, "
		    "and no handler or signal stack");
	child_exits(exec_with_descriptors, NULL, 0,
		    "exec closes what is FD_CLOEXEC only");
	child_exits(exec_with_base, NULL, 77, "exec with an FS base");
	child_exits(do_exec, &chain, 77, "a chain of 50 execs");
}

int main(int argc, char **argv, char **envp)
{
	self = (const char *)getauxval(AT_EXECFN);
	if (argc > 1)
		return play(argc, argv, envp);

	test_arguments();
	test_no_arguments();
	test_many_arguments();
	test_too_many_arguments();
	test_bad_pointers();
	test_path_errors();
	test_no_program();
	test_auxv();
	test_execfn();
	test_stack();
	test_registers();
	test_survival();
	return tap_done();
}
