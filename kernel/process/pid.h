/*
 * Numbers of threads, processes, process groups and sessions: one range for
 * all four. A number is taken while anything bears it, so a process group
 * keeps its leader's number from being given away after the leader died.
 */
#ifndef KERNEL_PROCESS_PID_H
#define KERNEL_PROCESS_PID_H

#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

#define PID_MAX  32768
#define PID_WRAP 300 /* after a wrap the lowest are left to their bearers */

/* Numbers given away from now on are below this. */
extern int pid_max;

struct process;
struct task;

/*
 * The number is taken while a task, a process or a member of one of the lists
 * bears it. The struct lives longer if need be: a process keeps a reference to
 * its own, its group's and its session's until it is freed itself, so a
 * caller that holds a process may read these three numbers (the last two under
 * process_lock, because they change).
 */
struct pid {
	unsigned refs; /* atomic */
	int number;    /* never changes */

	/* Under process_lock. */
	struct list_node hash;
	struct task *task;        /* the live thread with that id, or NULL */
	struct process *process;  /* the process, until it is reaped, or NULL */
	struct list_node group;   /* processes of the group, by group_node */
	struct list_node session; /* … of the session, by session_node */
};

void pid_init(void);

int pid_last(void);       /* the number given away last */
unsigned pid_count(void); /* numbers in use */

/* Returns a free number with one reference, or NULL and *error: -ENOMEM, -EAGAIN.
 * Takes process_lock. */
struct pid *pid_new(int *error);

void pid_get(struct pid *pid);
void pid_put(struct pid *pid); /* the last reference frees the struct */

/* The rest is called with process_lock held. */

struct pid *pid_find(int number); /* or NULL */

/* A task, a process or a member of a list has left: makes the number free if
 * nothing has it any more. */
void pid_left(struct pid *pid);

/* The smallest number above `number` that is taken, or 0. */
int pid_next(int number);

#endif
