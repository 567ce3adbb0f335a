/*
 * Starts the process layer: fills in the hooks by which the layers below reach
 * it, and makes the first process, which executes the program that starts all
 * others.
 */
#include "kernel/abi/errno.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/dev/tty.h"
#include "kernel/fs/path.h"
#include "kernel/process/exec.h"
#include "kernel/process/process.h"
#include "kernel/process/report.h"
#include "kernel/process/signal.h"
#include "kernel/time/timekeeper.h"

/* ---- For the layers below -------------------------------------------------------- */

/* Without job control a terminal's signals, as ^C, are sent to all processes. */
static void signal_all(struct tty *tty, int signo)
{
	siginfo_t info = { .si_signo = signo, .si_code = SI_KERNEL };

	(void)tty;
	spin_lock(&process_lock);
	for (int number = pid_next(0); number; number = pid_next(number)) {
		struct process *process = pid_find(number)->process;

		if (process)
			signal_send(process, NULL, &info);
	}
	spin_unlock(&process_lock);
}

void process_init(void)
{
	pid_init();
	trap_hooks.user_fault = signal_user_fault;
	trap_hooks.return_work = signal_return_work;
	trap_hooks.describe_task = report_task;
	file_signal_self = signal_raise;
	tty_hooks.signal = signal_all;
}

/* ---- The first process ----------------------------------------------------------- */

static const char *init_path;
static const char *const *init_environment;

/* Says in words why the first program cannot be executed. */
static const char *describe_error(int error)
{
	switch (error) {
	case -ENOENT:
		return "there is no such file";
	case -ENOEXEC:
		return "it is no program for this machine";
	case -EINVAL:
		return "its ELF headers are damaged";
	case -EACCES:
		return "it is not an executable file";
	case -ENOMEM:
		return "there is not enough memory";
	default:
		return "it cannot be executed";
	}
}

/* Opens the console as standard input, output and error, if there is one. */
static void open_console(void)
{
	int error;
	struct file *file = path_open(NULL, "/dev/console", O_RDWR | O_NOCTTY,
				      0, &error);

	for (int fd = 0; file && fd < 3; fd++)
		fd_install(file_get(file), fd, false);
	file_put(file);
}

/* The first process begins here, in the kernel: it executes the program and goes
 * to ring 3. */
static void init_start(void *unused)
{
	const char *const argv[] = { init_path, NULL };
	const struct strings arguments = { .kernel = argv };
	const struct strings environment = { .kernel = init_environment };
	int error;

	(void)unused;
	sched_finish_switch();
	irq_enable();
	open_console();
	error = exec_program(init_path, arguments, environment);
	if (error)
		give_up("cannot start %s: %s (error %d)", init_path,
			describe_error(error), -error);
	trap_return_to_user();
}

/* Puts the first process, with its thread, into the tree. */
static void link_init(struct task *task, struct process *process,
		      struct pid *pid)
{
	process->unkillable = true;
	process->start_ns = ktime_monotonic_ns();
	task->start_ns = process->start_ns;
	task->id = pid->number;
	task->process = process;
	spin_lock(&process_lock);
	pid->task = task;
	list_add_tail(&task->thread, &process->threads);
	process->thread_count = 1;
	process->live_threads = 1;
	process_link(process, pid, NULL);
	spin_unlock(&process_lock);
	process_task_count = 1;
}

void process_start_init(const char *path, const char *const *envp)
{
	struct task *task = task_new(init_start, NULL);
	struct sighand *sighand = sighand_new();
	struct process *process = process_new(NULL, sighand);
	int error;
	struct pid *pid = pid_new(&error);

	if (task) {
		task->files = files_new();
		task->fs = fs_context_new(root_dentry);
	}
	if (!task || !sighand || !process || !pid || !task->files || !task->fs)
		give_up("there is not enough memory for the first process");
	init_path = path;
	init_environment = envp;
	link_init(task, process, pid);
	sched_start(task);
	sched_idle();
}
