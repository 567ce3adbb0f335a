/*
 * Processes, and the tree that they form. A process has a number, a parent and
 * one thread (several with the part threads). What several processes may share,
 * as the address space, descriptors, working directory and signal handlers, are
 * objects of their own with reference counts.
 *
 * process_lock (RANK_PROCESS) guards the tree, the numbers, and which processes
 * and tasks are alive. A process or task that is found with the lock held may be
 * used as long as it is held. The pointers of a task that others follow (space,
 * files, fs) are set and cleared under the lock, too.
 */
#ifndef KERNEL_PROCESS_PROCESS_H
#define KERNEL_PROCESS_PROCESS_H

#include "kernel/abi/resource.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/list.h"
#include "kernel/process/pid.h"
#include "kernel/sched/task.h"
#include "kernel/sched/wait.h"

struct file;
struct process_timers;
struct sighand;
struct tty;

extern struct spinlock process_lock;
extern struct process *init_process; /* process 1 */

#define GROUPS_MAX 32 /* supplementary groups; Linux takes 65536 */

struct credentials {
	uint32_t uid, euid, suid;
	uint32_t gid, egid, sgid;
	unsigned group_count;
	uint32_t groups[GROUPS_MAX];
};

/* CPU time, in nanoseconds, as the part usage counts it. */
struct usage {
	uint64_t user_ns, kernel_ns;
};

struct process {
	unsigned refs; /* the tree's, and those of process_get(); atomic */

	/* Under process_lock; `pid` never changes and needs none. */
	struct pid *pid;
	struct process *parent; /* NULL for init and after the reaping */
	int parent_number;      /* may be read without the lock */
	struct list_node children, sibling;
	struct list_node threads; /* live tasks, by task->thread */
	unsigned thread_count;    /* number of live tasks */
	unsigned live_threads;    /* live tasks that have not begun to end */
	bool has_executed;        /* it called execve since fork */
	uint64_t generation;      /* changes with each program */
	struct file *exe; /* the program, not writable; NULL at the end */

	/* How it ends, as wait4 tells it. Under process_lock. */
	bool zombie;        /* no thread is left */
	bool exiting;       /* all threads are to end */
	bool executing;     /* all threads but the one in execve are to end */
	int exit_status;    /* as wait4 gives it */
	int exit_signal;    /* to the parent, SIGCHLD mostly; 0: none */
	bool vfork_pending; /* the parent waits in vfork */
	struct wait_queue vfork_wait; /* where the parent waits */
	struct wait_queue child_wait; /* threads in wait4 and in execve */
	uint64_t start_ns;            /* CLOCK_MONOTONIC */

	/* Of the part usage, under process_lock. */
	struct usage dead_usage;  /* of threads that ended */
	struct usage child_usage; /* of children that were waited for */
	uint64_t dead_syscalls;   /* of threads that ended */

	/* Of the part prctl, under process_lock. */
	int death_signal;     /* for it when its parent ends; 0: none */
	bool child_subreaper; /* becomes the parent of orphans below */

	/* Of the part attributes: what it runs from, with a reference. */
	struct inode *runs;

	/* Of the part timers: those that send signals; NULL until there was one. */
	struct process_timers *timers;

	/* Of the part jobs, under process_lock; all zero without it. */
	struct pid *group, *session;
	struct list_node group_node, session_node;
	struct tty *tty;          /* controlling terminal, or NULL */
	int stop_signal;          /* its threads are to stop; 0: to run */
	unsigned stopped_threads; /* how many of them have stopped */
	bool stop_unreported, continue_unreported; /* for wait4 */

	/* Under the handlers' lock, RANK_SIGNAL. */
	struct sighand *sighand;
	uint64_t signal_pending; /* for any thread */
	void *signal_queue;      /* of the part signals: siginfos that wait */
	unsigned signals_queued; /* how many wait here and with its threads */
	bool unkillable;         /* init: SIG_DFL never ends it */

	/* Written by its own threads under process_lock: read by others under
	 * it, and by its own threads without. */
	struct credentials credentials;
	bool dumpable; /* PR_SET_DUMPABLE: its user may trace it */
	int oom_score_adj; /* /proc/PID/oom_score_adj; read and set without a lock */
	bool no_new_privs; /* PR_SET_NO_NEW_PRIVS: no program gives it any */

	/* Written by its own threads, word by word. */
	struct rlimit limits[RLIM_NLIMITS];
};

/* Raised by the thread that executes a program, when the old one is gone; and
 * by a process's last thread, when it begins to end. No lock is held. */
HOOK_EVENT(process_executed, struct process *process);
HOOK_EVENT(process_ending, struct process *process);

/*
 * Events, raised with process_lock held unless said otherwise.
 * process_linked: it entered the tree as a child of `parent`, which is NULL for the
 *	first process.
 * process_unlinked: it left the tree.
 * process_reparented: it got another parent, because that one ended.
 * process_ended: its last thread has left, and its children were reparented.
 * thread_leaves: one of its threads is about to leave.
 * thread_left: one of its threads has left, others are there.
 */
HOOK_EVENT(process_linked, struct process *process, struct process *parent);
HOOK_EVENT(process_unlinked, struct process *process);
HOOK_EVENT(process_reparented, struct process *process, struct process *from);
HOOK_EVENT(process_ended, struct process *process);
HOOK_EVENT(thread_leaves, struct process *process, struct task *task);
HOOK_EVENT(thread_left, struct process *process);

static inline struct process *current_process(void)
{
	return current_task()->process;
}

void process_get(struct process *process);
void process_put(struct process *process);

/* Returns the process with that number, a zombie too, with a reference; or
 * NULL. */
struct process *process_find(int number);

/* One process less runs the program, which may be written to again if it was the
 * last. NULL is ignored. */
void process_drop_exe(struct file *exe);

/* Gives a task another table of descriptors, or takes it away with NULL, and returns
 * the old one, whose reference is then the caller's. */
struct files *process_set_files(struct task *task, struct files *files);

/*
 * Makes a process like `from` (NULL: the first) but without threads and not yet
 * in the tree, with one reference. Takes over the reference to `sighand`. NULL
 * when out of memory, or if `sighand` is NULL.
 */
struct process *process_new(struct process *from, struct sighand *sighand);

/*
 * Enter the tree as a child of `parent` (NULL: the first process), and leave
 * it. The tree takes over the reference to the process: after process_unlink()
 * process_put() is the caller's. process_lock held.
 */
void process_link(struct process *process, struct pid *pid,
		  struct process *parent);
void process_unlink(struct process *process);

/* Returns a number that no program ever had, for process->generation. */
uint64_t process_new_generation(void);

/* Returns how many processes there ever were. */
uint64_t process_made_count(void);

/* Returns the number of its process group, or 0 without groups. */
static inline int process_group_number(const struct process *process)
{
	return process->group ? process->group->number : 0;
}

/* The current thread is about to end: the next process_reap() frees its task.
 * process_lock is held. */
void process_add_dead_task(struct task *task);

/*
 * What a process may want to do to another one. The part users decides by the ids
 * of both (users.h); without it every process is root and may do everything.
 * process_lock is held.
 */
enum process_deed {
	DEED_KILL,    /* send it a signal */
	DEED_SCHED,   /* change its priority, policy or CPUs */
	DEED_PRLIMIT, /* see or change its limits */
	DEED_PTRACE,  /* see or change its memory */
};

extern bool (*process_permission)(const struct process *process,
				  enum process_deed deed);

/* Has the user of `me` all the tasks that RLIMIT_NPROC allows? Set by users. */
extern bool (*process_user_is_full)(const struct process *me);

static inline bool process_may(const struct process *process,
			       enum process_deed deed)
{
	return !process_permission || process_permission(process, deed);
}

/* Frees the tasks of threads that have ended. Called with no lock held. */
void process_reap(void);

/*
 * May the current process add a task? RAM and the numbers limit them; the last
 * part of them is for root, so that an administrator can always start a program.
 * RLIMIT_NPROC limits those of each user.
 */
bool process_may_add_task(void);
/* Returns how many tasks there may be; the last sixteenth is for root. */
unsigned process_max_tasks(void);
extern unsigned process_task_count; /* how many there are; atomic */

/* Starts process 1 with that program and environment, and the console as its
 * descriptors 0 to 2. Called by the boot thread, which idles afterwards. */
_Noreturn void process_start_init(const char *path, const char *const *envp);

/* Fills in the hooks of the layers below. */
void process_init(void);

#endif
