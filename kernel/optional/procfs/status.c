/*
 * What /proc/PID says of a process in words: status, stat, statm, cmdline,
 * auxv, exe. Its memory is memory_file.c's.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "kernel/abi/mman.h"
#include "kernel/abi/signal.h"
#include "kernel/dev/tty.h"
#include "kernel/fs/path.h"
#include "kernel/optional/procfs/procfs.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/space.h"
#include "kernel/optional/procfs/memory_file.h"
#include "kernel/optional/usage/usage.h"
#include "kernel/process/process.h"
#include "kernel/process/signal.h"
#include "kernel/time/tick.h"

/* Everything that several of the files show, copied under the locks. */
struct snapshot {
	char name[16];
	const char *state;
	bool may_trace, no_new_privs;
	int id, pid, parent, group, session, exit_signal, exit_status;
	int tty, tty_group;
	unsigned threads, queued;
	uint32_t umask;
	struct credentials credentials;
	sigset_t pending, shared_pending, blocked, ignored, caught;
	struct usage usage, children;
	uint64_t syscalls, start_ns;
};

/* Pages of a space, by what they are for. */
struct sizes {
	uint64_t total, resident, text, data, stack, file;
	uaddr_t brk_start, arg_start, arg_end, env_start, env_end, stack_top;
};

/* proc(5)'s letter and word. */
static const char *state_name(const struct process *process,
			      const struct task *task)
{
	if (process->zombie || !task)
		return "Z (zombie)";
	switch (READ_ONCE(task->state)) {
	case TASK_RUNNABLE:
		return "R (running)";
	case TASK_INTERRUPTIBLE:
		return "S (sleeping)";
	case TASK_STOPPED:
		return "T (stopped)";
	default:
		return "D (disk sleep)";
	}
}

/* The device's number as st_rdev has it: ttyS0 is 4:64. */
static int tty_device(const struct tty *tty)
{
	return 4 << 8 | (int)tty->minor;
}

/* Both locks held. */
static void snap_signals(struct snapshot *s, struct process *process,
			 struct task *task)
{
	s->shared_pending = process->signal_pending;
	s->queued = process->signals_queued;
	for (int i = 0; i < _NSIG; i++) {
		uint64_t handler = process->sighand->actions[i].sa_handler;

		if (handler == SIG_IGN)
			s->ignored |= sigmask(i + 1);
		else if (handler != SIG_DFL)
			s->caught |= sigmask(i + 1);
	}
	if (!task)
		return;
	s->pending = task->signal_pending;
	s->blocked = task->signal_mask;
}

/* Of the process, or of one of its threads. process_lock held. */
static void snap_usage(struct snapshot *s, struct process *process,
		       const struct task *task)
{
	if (!task) {
		process_usage_locked(process, &s->usage, &s->syscalls);
		s->start_ns = process->start_ns;
		return;
	}
	s->usage = task_usage(task);
	s->syscalls = READ_ONCE(task->context.syscalls);
	s->start_ns = task->start_ns;
}

/* Copies what there is to say. 0, or -ESRCH: the process has been reaped, or
 * the thread has ended. */
static int snap(struct snapshot *s, struct process *process, int tid)
{
	struct task *task;

	memset(s, 0, sizeof(*s));
	spin_lock(&process_lock);
	task = procfs_thread(process, tid);
	if (!process->pid->process || (tid && !task)) {
		spin_unlock(&process_lock);
		return -ESRCH;
	}
	snap_usage(s, process, tid ? task : NULL);
	s->id = tid ? tid : process->pid->number;
	s->state = state_name(process, task);
	strscpy(s->name, task ? task->name : "", sizeof(s->name));
	s->umask = task && task->fs ? task->fs->umask : 0;
	s->pid = process->pid->number;
	s->parent = process->parent ? process->parent->pid->number : 0;
	s->group = process_group_number(process);
	s->session = process->session ? process->session->number : 0;
	s->tty = process->tty ? tty_device(process->tty) : 0;
	s->tty_group = process->tty ? process->tty->group->number : -1;
	s->exit_signal = process->exit_signal;
	s->exit_status = process->zombie ? process->exit_status : 0;
	s->threads = process->thread_count;
	s->credentials = process->credentials;
	s->children = process->child_usage;
	s->may_trace = process_may(process, DEED_PTRACE);
	s->no_new_privs = process->no_new_privs;
	spin_lock(&process->sighand->lock);
	snap_signals(s, process, task);
	spin_unlock(&process->sighand->lock);
	spin_unlock(&process_lock);
	return 0;
}

static void measure(struct sizes *sizes, struct process *process)
{
	struct space *space = procfs_space(process);

	memset(sizes, 0, sizeof(*sizes));
	if (!space)
		return;
	spin_lock(&space->lock);
	for (size_t i = 0; i < space->area_count; i++) {
		const struct area *area = space->areas[i];
		uint64_t pages = (area->end - area->start) / PAGE_SIZE;

		sizes->total += pages;
		if (area->flags & AREA_GROWS_DOWN)
			sizes->stack += pages;
		else if (area->prot & PROT_EXEC)
			sizes->text += pages;
		else if (area->prot & PROT_WRITE)
			sizes->data += pages;
		if (area->object)
			sizes->file += pages;
	}
	sizes->resident = space->pages_resident;
	sizes->brk_start = space->brk_start;
	sizes->arg_start = space->arg_start;
	sizes->arg_end = space->arg_end;
	sizes->env_start = space->env_start;
	sizes->env_end = space->env_end;
	sizes->stack_top = space->stack_top;
	spin_unlock(&space->lock);
	space_put(space);
}

/* ---- status --------------------------------------------------------------------- */

static void show_groups(struct sink *out, const struct credentials *c)
{
	sink_printf(out, "Groups:\t");
	for (unsigned i = 0; i < c->group_count; i++)
		sink_printf(out, "%u ", c->groups[i]);
	sink_printf(out, "\n");
}

static void show_who(struct sink *out, const struct snapshot *s)
{
	const struct credentials *c = &s->credentials;
	char name[ESCAPED_SIZE(sizeof(s->name))];

	escape(name, s->name);
	sink_printf(out,
		    "Name:\t%s\nUmask:\t%04o\nState:\t%s\nTgid:\t%d\n"
		    "Ngid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n"
		    "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n"
		    "FDSize:\t%d\n",
		    name, s->umask, s->state, s->pid, s->id, s->parent, c->uid,
		    c->euid, c->suid, c->euid, c->gid, c->egid, c->sgid,
		    c->egid, FILES_MAX);
	show_groups(out, c);
}

static void show_memory(struct sink *out, const struct sizes *sizes)
{
	const struct {
		const char *name;
		uint64_t pages;
	} lines[] = {
		{ "VmSize", sizes->total }, { "VmRSS", sizes->resident },
		{ "VmData", sizes->data },  { "VmStk", sizes->stack },
		{ "VmExe", sizes->text },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		sink_printf(out, "%s:\t%8lu kB\n", lines[i].name,
			    lines[i].pages * 4);
}

static int show_status(struct sink *out, struct process *process, int tid)
{
	struct snapshot s;
	struct sizes sizes;
	int error = snap(&s, process, tid);

	if (error)
		return error;
	measure(&sizes, process);
	show_who(out, &s);
	if (sizes.total)
		show_memory(out, &sizes);
	sink_printf(out,
		    "Threads:\t%u\nSigQ:\t%u/%lu\nSigPnd:\t%016lx\n"
		    "ShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\n"
		    "SigCgt:\t%016lx\nNoNewPrivs:\t%d\nSyscalls:\t%lu\n",
		    s.threads, s.queued,
		    process->limits[RLIMIT_SIGPENDING].rlim_cur, s.pending,
		    s.shared_pending, s.blocked, s.ignored, s.caught,
		    s.no_new_privs, s.syscalls);
	return 0;
}

/* ---- stat, statm ------------------------------------------------------------------ */

/* proc(5), field by field; 0 is what nobody counts here, and 1 Linux's word for
 * an address that is not for everybody. */
static int show_stat(struct sink *out, struct process *process, int tid)
{
	struct snapshot s;
	struct sizes z;
	int error = snap(&s, process, tid);

	if (error)
		return error;
	measure(&z, process);
	if (!s.may_trace)
		z.stack_top = z.brk_start = z.arg_start = z.arg_end =
			z.env_start = z.env_end = 0;
	sink_printf(out, "%d (%s) %c %d %d %d %d %d 0 0 0 0 0 ", s.id, s.name,
		    *s.state, s.parent, s.group, s.session, s.tty, s.tty_group);
	sink_printf(out, "%lu %lu %lu %lu 20 0 %u 0 %lu ",
		    clock_ticks(s.usage.user_ns),
		    clock_ticks(s.usage.kernel_ns),
		    clock_ticks(s.children.user_ns),
		    clock_ticks(s.children.kernel_ns), s.threads,
		    s.start_ns / 10000000);
	sink_printf(out, "%lu %lu %lu 1 1 %lu 0 0 %lu %lu %lu %lu 0 0 0 ",
		    z.total * PAGE_SIZE, z.resident,
		    process->limits[RLIMIT_RSS].rlim_cur, z.stack_top,
		    s.pending & 0x7fffffff, s.blocked & 0x7fffffff,
		    s.ignored & 0x7fffffff, s.caught & 0x7fffffff);
	sink_printf(out, "%d 0 0 0 0 0 0 0 0 %lu %lu %lu %lu %lu %d\n",
		    s.exit_signal, z.brk_start, z.arg_start, z.arg_end,
		    z.env_start, z.env_end, s.may_trace ? s.exit_status : 0);
	return 0;
}

static int show_statm(struct sink *out, struct process *process)
{
	struct sizes sizes;

	measure(&sizes, process);
	sink_printf(out, "%lu %lu %lu %lu 0 %lu 0\n", sizes.total,
		    sizes.resident, MIN(sizes.file, sizes.resident), sizes.text,
		    sizes.data + sizes.stack);
	return 0;
}

static int show_comm(struct sink *out, struct process *process, int tid)
{
	struct snapshot s;
	int error = snap(&s, process, tid);

	if (!error)
		sink_printf(out, "%s\n", s.name);
	return error;
}

/* pthread_setname_np(3) of another thread; not of another process's. */
static int store_comm(const char *words, struct process *process, int tid)
{
	struct task *task;

	if (process != current_process())
		return -EINVAL;
	spin_lock(&process_lock);
	task = procfs_thread(process, tid);
	if (task)
		strscpy(task->name, words, sizeof(task->name));
	spin_unlock(&process_lock);
	return task ? 0 : -ESRCH;
}

/* ---- limits, oom_score_adj ---------------------------------------------------------- */

static const struct {
	const char *name, *unit;
} limit_names[RLIM_NLIMITS] = {
	[RLIMIT_CPU] = { "Max cpu time", "seconds" },
	[RLIMIT_FSIZE] = { "Max file size", "bytes" },
	[RLIMIT_DATA] = { "Max data size", "bytes" },
	[RLIMIT_STACK] = { "Max stack size", "bytes" },
	[RLIMIT_CORE] = { "Max core file size", "bytes" },
	[RLIMIT_RSS] = { "Max resident set", "bytes" },
	[RLIMIT_NPROC] = { "Max processes", "processes" },
	[RLIMIT_NOFILE] = { "Max open files", "files" },
	[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
	[RLIMIT_AS] = { "Max address space", "bytes" },
	[RLIMIT_LOCKS] = { "Max file locks", "locks" },
	[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
	[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
	[RLIMIT_NICE] = { "Max nice priority", "" },
	[RLIMIT_RTPRIO] = { "Max realtime priority", "" },
	[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
};

static void show_limit(struct sink *out, uint64_t limit)
{
	char number[24];

	snprintf(number, sizeof(number), "%lu", limit);
	sink_printf(out, "%-20s ",
		    limit == RLIM_INFINITY ? "unlimited" : number);
}

static int show_limits(struct sink *out, struct process *process)
{
	sink_printf(out, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
		    "Hard Limit", "Units");
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit = process->limits[i];

		sink_printf(out, "%-25s ", limit_names[i].name);
		show_limit(out, limit.rlim_cur);
		show_limit(out, limit.rlim_max);
		sink_printf(out, *limit_names[i].unit ? "%-10s\n" : "%s\n",
			    limit_names[i].unit);
	}
	return 0;
}

static int show_oom_score_adj(struct sink *out, struct process *process)
{
	sink_printf(out, "%d\n", READ_ONCE(process->oom_score_adj));
	return 0;
}

/* Only root may make a process less likely to die than it was. */
static int store_oom_score_adj(const char *words, struct process *process)
{
	long score;

	if (parse_int(words, &score) || score < -1000 || score > 1000)
		return -EINVAL;
	if (score < READ_ONCE(process->oom_score_adj) &&
	    current_process()->credentials.euid)
		return -EACCES;
	WRITE_ONCE(process->oom_score_adj, (int)score);
	return 0;
}

/* ---- What was on the stack ---------------------------------------------------------- */

/* Copies [start, end) of a process's memory, as far as it can be read. */
static int show_range(struct sink *out, struct space *space, uaddr_t start,
		      uaddr_t end)
{
	char *page = kmalloc(PAGE_SIZE);

	if (!page)
		return -ENOMEM;
	while (start < end) {
		long size = space_copy(space, start, page,
				       MIN(end - start, PAGE_SIZE), false);

		if (size <= 0)
			break;
		out->put(out, page, (size_t)size);
		start += (uaddr_t)size;
	}
	kfree(page);
	return 0;
}

static int show_strings(struct sink *out, struct process *process,
			bool environment)
{
	struct space *space = procfs_space(process);
	int error;

	if (!space)
		return 0;
	error = environment ? show_range(out, space, space->env_start,
					 space->env_end)
			    : show_range(out, space, space->arg_start,
					 space->arg_end);
	space_put(space);
	return error;
}

static int show_cmdline(struct sink *out, struct process *process)
{
	return show_strings(out, process, false);
}

static int show_environ(struct sink *out, struct process *process)
{
	return show_strings(out, process, true);
}

static int show_auxv(struct sink *out, struct process *process)
{
	struct space *space = procfs_space(process);
	int error;

	if (!space)
		return 0;
	error = show_range(out, space, space->auxv_start, space->auxv_end);
	space_put(space);
	return error;
}

/* ---- Links ------------------------------------------------------------------------ */

static struct dentry *link_exe(struct process *process, char *buffer,
			       size_t size, int *error)
{
	struct dentry *dentry = NULL;

	(void)buffer, (void)size;
	spin_lock(&process_lock);
	if (process->exe)
		dentry = dentry_get(process->exe->dentry);
	spin_unlock(&process_lock);
	*error = dentry ? 0 : -ENOENT;
	return dentry;
}

static struct dentry *link_cwd(struct process *process, char *buffer,
			       size_t size, int *error)
{
	struct fs_context *fs = NULL;
	struct dentry *dentry = NULL;
	struct task *task;

	(void)buffer, (void)size;
	spin_lock(&process_lock);
	task = list_first(&process->threads, struct task, thread);
	if (task && task->fs)
		fs_context_get(fs = task->fs);
	spin_unlock(&process_lock);
	if (fs) {
		dentry = fs_context_cwd(fs);
		fs_context_put(fs);
	}
	*error = dentry ? 0 : -ENOENT;
	return dentry;
}

static struct dentry *link_root(struct process *process, char *buffer,
				size_t size, int *error)
{
	(void)process, (void)buffer, (void)size;
	*error = 0;
	return dentry_get(root_dentry);
}

PROC_FILES(status_files) = {
	{ .path = "PID/status", .mode = 0444, .show_thread = show_status },
	{ .path = "PID/task/TID/status",
	  .mode = 0444,
	  .show_thread = show_status },
	{ .path = "PID/stat", .mode = 0444, .show_thread = show_stat },
	{ .path = "PID/task/TID/stat", .mode = 0444, .show_thread = show_stat },
	{ .path = "PID/comm",
	  .mode = 0644,
	  .show_thread = show_comm,
	  .store_thread = store_comm },
	{ .path = "PID/task/TID/comm",
	  .mode = 0644,
	  .show_thread = show_comm,
	  .store_thread = store_comm },
	{ .path = "PID/statm", .mode = 0444, .show = show_statm },
	{ .path = "PID/cmdline", .mode = 0444, .show = show_cmdline },
	{ .path = "PID/limits", .mode = 0444, .show = show_limits },
	{ .path = "PID/oom_score_adj",
	  .mode = 0644,
	  .show = show_oom_score_adj,
	  .store = store_oom_score_adj },
	{ .path = "PID/environ",
	  .mode = 0400,
	  .ptrace = true,
	  .show = show_environ },
	{ .path = "PID/auxv", .mode = 0400, .ptrace = true, .show = show_auxv },
	{ .path = "PID/maps", .mode = 0444, .ptrace = true, .show = show_maps },
	{ .path = "PID/mem", .mode = 0600, .ops = &memory_file_ops },
	{ .path = "PID/exe", .mode = 0777, .ptrace = true, .link = link_exe },
	{ .path = "PID/cwd", .mode = 0777, .ptrace = true, .link = link_cwd },
	{ .path = "PID/root", .mode = 0777, .ptrace = true, .link = link_root },
};
