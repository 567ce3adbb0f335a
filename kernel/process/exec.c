/*
 * execve(2). load.c builds the new program in an address space of its own,
 * beside the old one: until then everything can fail, and the old program goes
 * on. Then the new one takes its place in the process.
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
	/* Keeps the arguments in registers for gdb, which breaks here
	 * (tools/gdb/colonel.py). */
	__asm__ volatile("" : : "r"(path), "r"(bias), "r"(vdso_base));
}

/* ---- The change ----------------------------------------------------------------- */

/* Leaves the old address space for the new one. Whether others may look at it
 * is decided by who may read the program's file. */
static void change_space(struct task *task, struct space *space)
{
	struct process *process = task->process;
	const struct credentials *me = &process->credentials;
	struct space *old = task->space;

	if (old)
		HOOK_CALL(leave_space, task);
	/* a reader of /proc that compares generations gets the new space */
	spin_lock(&process_lock);
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

/* Handlers were the old program's functions; what was ignored stays so. */
static void change_signals(struct task *task)
{
	struct process *process = task->process;

	spin_lock(&process->sighand->lock);
	sighand_reset(process->sighand);
	spin_unlock(&process->sighand->lock);
	task->signal_restore = false;
	task->signal_saved = 0;
}

/* Names the process after the program, whose file it keeps from being written to
 * from now on. */
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
	file_put(old);
}

/* Sets the registers as a new program finds them: nothing of the old one is
 * left. */
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
	context->selectors = (union selectors){ .all = 0 };
	irq_disable();
	context_enter(context);
	irq_enable();
}

/* Puts the new program into the old one's place. What can fail comes first. */
static int change_program(struct program *program)
{
	struct task *task = current_task();
	int error = 0;

	HOOK_CALL(program_changes, task, &error);
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

int (*exec_script)(struct program *program);

int exec_program(const char *path, struct strings argv, struct strings envp)
{
	struct program *program = kzalloc(sizeof(*program));
	int error;

	if (!program)
		return -ENOMEM;
	program->path = path;
	program->argv = argv;
	program->envp = envp;
	program->file = load_open(program->path, &error);
	if (program->file && exec_script)
		error = exec_script(program);
	if (!error)
		error = load_program(program);
	if (!error)
		error = change_program(program);
	space_put(program->space);
	file_put(program->file);
	kfree(program->script);
	kfree(program);
	return error;
}
