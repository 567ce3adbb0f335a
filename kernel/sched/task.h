/*
 * A task: one thread of execution, with its kernel stack. What a process is
 * (files, signals, parents) belongs to the layers above; they hang their parts
 * on it by pointers, which several tasks may share.
 */
#ifndef KERNEL_SCHED_TASK_H
#define KERNEL_SCHED_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cpu/percpu.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

enum task_state {
	TASK_RUNNABLE,        /* runs, or waits for a CPU */
	TASK_INTERRUPTIBLE,   /* sleeps; a wake-up or a signal ends it */
	TASK_UNINTERRUPTIBLE, /* sleeps; only a wake-up ends it */
	TASK_STOPPED,         /* by SIGSTOP and its kin */
	TASK_NEW,             /* never ran; not even SIGKILL wakes it */
	TASK_DEAD,            /* will never run again */
};

struct task {
	struct context context; /* first: kernel/cpu/percpu.h */

	/* Under sched_lock. */
	struct list_node run;   /* in a run queue while it waits for a CPU */
	enum task_state state;  /* whether it runs, sleeps, … */
	bool on_cpu;            /* a CPU uses its stack */
	unsigned cpu;           /* the CPU that runs it or ran it last */
	uint32_t affinity;      /* CPUs that may run it, a bit each: smp */
	int nice;               /* -20 … 19: see sched_set_nice() */
	int64_t slice;          /* length of its time slices, ns */
	int64_t slice_left;     /* what is left of the present one, ns */
	uint64_t off_cpu_since; /* TSC when it left the CPU or was woken */
	uint64_t start_ns;      /* CLOCK_MONOTONIC at creation */

	/* Written by the CPU that runs it. */
	enum time_kind time_kind;  /* where the last tick found it */
	uint64_t time[TIME_KINDS]; /* CPU time, ns; see task_usage() */

	int id;        /* thread id; 0 for an idle task */
	char name[16]; /* last part of the program's path, NUL-ended */
	void *stack;   /* kernel stack, KERNEL_STACK_SIZE bytes */

	/* Parts of the layers above; see their headers for locks. */
	struct space *space;     /* kernel/mm/space.h; NULL: a kernel task */
	struct files *files;     /* kernel/fs/file.h */
	struct fs_context *fs;   /* kernel/fs/path.h: cwd, umask */
	struct process *process; /* kernel/process/process.h */
	struct list_node thread; /* in process->threads */
	uint64_t signal_mask;    /* blocked signals; own task only */
	uint64_t signal_pending; /* for this thread; RANK_SIGNAL */
	uint64_t signal_awaited; /* by its sigtimedwait(2); RANK_SIGNAL */
	uint64_t signal_forced;  /* cannot be ignored; RANK_SIGNAL */
	uint64_t signal_saved;   /* mask to go back to after a sigsuspend */
	bool signal_restore;     /* signal_saved is to be restored */
	bool stopped;            /* jobs: counted in process->stopped_threads */
	int fault_code;          /* si_code and si_addr of the signal that */
	uaddr_t fault_address;   /* … a fault sent */
	void *signal_queue;      /* of the part signals: siginfos, … */
	uaddr_t altstack;        /* … and sigaltstack(2) */
	uint64_t altstack_size;
	uint32_t altstack_flags;
	uaddr_t clear_child_tid; /* set_tid_address(2) */
	uaddr_t robust_list;     /* set_robust_list(2) */
};

static inline struct task *current_task(void)
{
	return (struct task *)THIS_CPU->current;
}

/*
 * Returns a new task that will call `start(argument)`, with a kernel stack, all
 * else zero and not runnable yet; or NULL when out of memory. Uses the stacks of
 * dead tasks again.
 */
struct task *task_new(void (*start)(void *argument), void *argument);

/* Gives the CPU stacks for the interrupts that need their own. Gives up when out
 * of memory. */
void task_interrupt_stacks(struct cpu *cpu);

/* How many kernel stacks there are, spare ones included: for reports. */
extern size_t task_stack_count;

/* Frees a task that is dead or never ran; waits until it is off its stack. */
void task_free(struct task *task);

#endif
