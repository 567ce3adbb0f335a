/*
 * execve. The new program is built complete beside the old one; until the very
 * last step everything can fail and the old one goes on. Then nothing can.
 */
#include "kernel/process/exec.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "kernel/abi/signal.h"
#include "kernel/cpu/descriptors.h"
#include "kernel/cpu/fpu.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/exit.h"
#include "kernel/process/load.h"
#include "kernel/process/signal.h"

__attribute__((noinline)) void exec_hook(const char *path, uaddr_t bias,
					 uaddr_t vdso_base)
{
	/* the compiler must think that somebody looks */
	__asm__ volatile("" : : "r"(path), "r"(bias), "r"(vdso_base));
}

/* ---- Finding the program ------------------------------------------------------ */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Splits "#! interpreter argument" at its blanks. 0 or -ENOEXEC. */
static int parse_script(struct script *script)
{
	char *at = script->line + 2;
	char *end = strchr(at, '\n');

	if (end)
		*end = '\0';
	while (is_blank(*at))
		at++;
	if (!*at)
		return -ENOEXEC;
	script->interpreter = at;
	while (*at && !is_blank(*at))
		at++;
	if (!*at) /* a path that is perhaps cut off is none */
		return end ? 0 : -ENOEXEC;
	*at++ = '\0';
	while (is_blank(*at))
		at++;
	end = at + strlen(at);
	while (end > at && is_blank(end[-1]))
		*--end = '\0';
	script->argument = *at ? at : NULL;
	return 0;
}

/* 1: program->file is a script, whose interpreter comes next; 0: it is not. */
static int read_script(struct program *program)
{
	struct file *file = program->file;
	struct script *script;
	char magic[2];
	long size;

	size = file->ops->read_kernel(file, magic, sizeof(magic), 0);
	if (size < 0)
		return (int)size;
	if (size < 2 || magic[0] != '#' || magic[1] != '!')
		return 0;
	if (program->script_count++ == SCRIPT_DEPTH)
		return -ELOOP;
	script = kzalloc(sizeof(*script));
	if (!script)
		return -ENOMEM;
	script->outer = program->scripts;
	program->scripts = script;
	size = file->ops->read_kernel(file, script->line, SCRIPT_LINE - 1, 0);
	if (size < 0)
		return (int)size;
	return parse_script(script) ?: 1;
}

/* Opens the file, and interpreters until one is no script. */
static int find_file(struct program *program)
{
	const char *path = program->path;
	int result;

	for (;;) {
		program->file = load_open(path, &result);
		if (!program->file)
			return result;
		result = read_script(program);
		if (result != 1)
			return result;
		load_close(program->file);
		path = program->scripts->interpreter;
	}
}

/* ---- Its strings -------------------------------------------------------------- */

/* A script's path takes the place of argument 0, its interpreter comes before
 * it, and before that the interpreter's interpreter. */
static int add_scripts(struct program *program)
{
	struct args *args = &program->args;
	int error = 0;
	struct script *script = program->scripts;

	for (; script && !error; script = script->outer) {
		error = args_add(args, script->interpreter);
		args->argc++;
		if (error || !script->argument)
			continue;
		error = args_add(args, script->argument);
		args->argc++;
	}
	if (error || !program->scripts)
		return error;
	args->argc++;
	return args_add(args, program->path);
}

/* No program of today survives an empty argument list (CVE-2021-4034). */
static int add_missing_name(struct args *args)
{
	if (args->argc)
		return 0;
	args->argc = 1;
	return args_add(args, "");
}

static int add_strings(struct program *program, struct string_array argv,
		       struct string_array envp)
{
	struct args *args = &program->args;
	int error = add_scripts(program);

	if (!error)
		error = args_add_array(args, argv, program->scripts ? 1 : 0,
				       &args->argc);
	if (!error)
		error = add_missing_name(args);
	args->env_start = args->size;
	if (!error)
		error = args_add_array(args, envp, 0, &args->envc);
	args->path_start = args->size;
	return error ? error : args_add(args, program->path);
}

/* ---- The change ----------------------------------------------------------------- */

/*
 * The process gets descriptors of its own, if other processes share them; the
 * threads of its own have ended. A reader of /proc is no sharer. 0 or -ENOMEM.
 */
static int unshare_files(struct task *task)
{
	struct files *files;

	if (READ_ONCE(task->files->refs) == 1)
		return 0;
	files = files_copy(task->files);
	if (!files)
		return -ENOMEM;
	files_put(process_set_files(task, files));
	return 0;
}

/* The same for its signal handlers. */
static int unshare_signals(struct process *process)
{
	struct sighand *old = process->sighand, *sighand;

	if (READ_ONCE(old->refs) == 1)
		return 0;
	sighand = sighand_copy(old);
	if (!sighand)
		return -ENOMEM;
	spin_lock(&process_lock); /* keeps senders away */
	process->sighand = sighand;
	spin_unlock(&process_lock);
	sighand_put(old);
	return 0;
}

static void change_space(struct task *task, struct space *space)
{
	struct process *process = task->process;
	const struct credentials *me = &process->credentials;
	struct space *old = task->space;

	if (old)
		HOOK_CALL(leave_space, task);
	spin_lock(&process_lock); /* who compares generations gets this space */
	task->space = space;
	process->generation = process_new_generation();
	process->dumpable = !inode_permission(process->exe->inode, MAY_READ) &&
			    me->uid == me->euid && me->gid == me->egid;
	spin_unlock(&process_lock);
	irq_disable();
	space_activate(space);
	irq_enable();
	space_put(old);
}

static void change_signals(struct task *task)
{
	struct process *process = task->process;

	spin_lock(&process->sighand->lock);
	sighand_reset(process->sighand);
	spin_unlock(&process->sighand->lock);
	task->altstack = 0;
	task->altstack_size = 0;
	task->altstack_flags = 0;
	task->signal_restore = false;
	task->signal_saved = 0;
}

static void change_name(struct task *task, struct program *program)
{
	const char *slash = strrchr(program->path, '/');
	struct process *process = task->process;
	struct file *old = process->exe;

	spin_lock(&process_lock);
	strscpy(task->name, slash ? slash + 1 : program->path,
		sizeof(task->name));
	process->exe = program->file;
	process->has_executed = true;
	process->exit_signal = SIGCHLD;
	spin_unlock(&process_lock);
	program->file = NULL;
	process_drop_exe(old);
}

/* Registers as a new program finds them: nothing left of the old one. */
static void change_registers(struct task *task, const struct program *program)
{
	struct trapframe *tf = user_trapframe();
	struct context *context = &task->context;

	*tf = (struct trapframe){
		.vector = tf->vector,
		.code = tf->code,
		.rip = program->entry,
		.cs = USER_CS,
		.rflags = RFLAGS_IF | RFLAGS_FIXED,
		.rsp = program->sp,
		.ss = USER_DS,
	};
	fpu_area_init(context->fpu);
	context->fs_base = 0;
	context->gs_base = 0;
	context->selectors = (struct selectors){ 0 };
	irq_disable();
	context_enter(context);
	irq_enable();
}

/* What can fail comes first. */
static int change_program(struct program *program)
{
	struct task *task = current_task();
	int error = exit_other_threads();

	if (!error)
		error = unshare_files(task);
	if (!error)
		error = unshare_signals(task->process);
	if (error)
		return error;
	change_name(task, program);
	change_space(task, program->space);
	program->space = NULL;
	change_signals(task);
	change_registers(task, program);
	HOOK_CALL(process_executed, task->process);
	exit_vfork_done(task->process);
	files_close_on_exec(task->files);
	exec_hook(program->path, program->bias, task->space->vdso);
	return 0;
}

/* ---- From outside --------------------------------------------------------------- */

static struct program *program_new(const char *path)
{
	struct program *program = kzalloc(sizeof(*program));

	if (!program)
		return NULL;
	program->path = path;
	program->stack_limit = current_process()->limits[RLIMIT_STACK].rlim_cur;
	args_init(&program->args, program->stack_limit);
	return program;
}

static void program_free(struct program *program)
{
	while (program->scripts) {
		struct script *script = program->scripts;

		program->scripts = script->outer;
		kfree(script);
	}
	args_free(&program->args);
	space_put(program->space);
	load_close(program->file);
	kfree(program);
}

static int execute(const char *path, struct string_array argv,
		   struct string_array envp)
{
	struct program *program = program_new(path);
	int error;

	if (!program)
		return -ENOMEM;
	error = find_file(program);
	if (!error)
		error = add_strings(program, argv, envp);
	if (!error)
		error = load_program(program);
	if (!error)
		error = change_program(program);
	program_free(program);
	return error;
}

int exec_user(const char *path, uaddr_t argv, uaddr_t envp)
{
	const struct string_array arguments = { .user = argv };
	const struct string_array environment = { .user = envp };

	return execute(path, arguments, environment);
}

int exec_kernel(const char *path, const char *const *argv,
		const char *const *envp)
{
	const struct string_array arguments = { .kernel = argv };
	const struct string_array environment = { .kernel = envp };

	return execute(path, arguments, environment);
}
