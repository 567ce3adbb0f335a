/*
 * Numbers of threads, processes, process groups and sessions: one range for
 * all four. A number is taken while anything bears it, so a process group
 * keeps its leader's number from being given away after the leader died.
 */
#ifndef KERNEL_PROCESS_PID_H
#define KERNEL_PROCESS_PID_H

#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

#define PID_MAX 32768

struct process;
struct task;

/* All under process_lock. */
struct pid {
	struct list_node hash;
	int number;
	unsigned refs;            /* task, process, members of the lists */
	struct task *task;        /* the live thread with that id, or NULL */
	struct process *process;  /* the process, until it is reaped, or NULL */
	struct list_node group;   /* processes of the group, by group_node */
	struct list_node session; /* … of the session, by session_node */
};

void pid_init(void);

int pid_last(void); /* the number given away last */

/* A free number with one reference; NULL and *error: -ENOMEM, -EAGAIN. Takes
 * process_lock. */
struct pid *pid_new(int *error);

/* The rest is called with process_lock held. */

struct pid *pid_find(int number); /* or NULL */
void pid_get(struct pid *pid);
void pid_put(struct pid *pid);

/* The smallest number above `number` that is taken, or 0. */
int pid_next(int number);

#endif
