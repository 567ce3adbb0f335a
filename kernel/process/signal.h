/*
 * Signals (signal(7)): sending them, which wait, and what a thread does about
 * them. The frame on the user's stack is in sigframe.h.
 *
 * The lock in a process's sighand (RANK_SIGNAL) guards its handlers, its pending
 * set and those of its threads. Nothing here is called from an interrupt.
 */
#ifndef KERNEL_PROCESS_SIGNAL_H
#define KERNEL_PROCESS_SIGNAL_H

#include "kernel/abi/signal.h"
#include "kernel/cpu/trap.h"
#include "kernel/process/process.h"
#include "kernel/sched/restart.h"

/* Results of an interrupted call, beside ERESTARTSYS: one that any handler turns
 * into EINTR, and one with which the call is made again in any case. */
#define ERESTARTNOHAND 514
#define ERESTARTNOINTR 513

/* What a process does on each signal. CLONE_SIGHAND shares it. */
struct sighand {
	struct spinlock lock;                   /* RANK_SIGNAL */
	unsigned refs;                          /* processes; atomic */
	struct kernel_sigaction actions[_NSIG]; /* of signal n: [n - 1] */
};

static inline sigset_t sigmask(int signo)
{
	return 1ul << (signo - 1);
}

/* These can be neither caught, blocked nor ignored. */
#define SIGNALS_UNBLOCKABLE (1ul << (SIGKILL - 1) | 1ul << (SIGSTOP - 1))

/*
 * Events, for job control; process_lock is held.
 * signal_sending: a signal is being sent to a process, whatever comes of it.
 * signal_stops: the default action is to stop. The handlers' lock is held, too.
 * thread_stops: the current thread sleeps until its process, whose stop_signal
 *	is set, runs again. process_lock is given up meanwhile.
 * signal_group: kill(2) with a `pid` of 0 or below, for several processes; *result
 *	is -ESRCH and becomes the call's.
 */
HOOK_EVENT(signal_sending, struct process *process, int signo);
HOOK_EVENT(signal_stops, struct process *process, int signo);
HOOK_EVENT(thread_stops, struct process *process);
HOOK_EVENT(signal_group, int pid, const siginfo_t *info, long *result);

/*
 * Events, for processes with several threads.
 * signal_chooses: *task, the first thread, is to take a signal of the process;
 *	NULL if none can. Both locks are held.
 * signals_unwanted: the current thread has stopped wanting these: it blocks
 *	them, or awaits them no more. No lock is held.
 */
HOOK_EVENT(signal_chooses, struct process *process, int signo,
	   struct task **task);
HOOK_EVENT(signals_unwanted, sigset_t unwanted);

/*
 * Events, for what is known of a signal that waits: for `task`, or for any
 * thread of the process if that is NULL. The handlers' lock is held.
 * signal_added: *info is to wait; *error may refuse it.
 * signal_taken: info->si_signo is taken away: the rest of *info, and is there
 *	*more with that number?
 */
HOOK_EVENT(signal_added, struct process *process, struct task *task,
	   const siginfo_t *info, int *error);
HOOK_EVENT(signal_taken, struct process *process, struct task *task,
	   siginfo_t *info, bool *more);

/* The set of signals that wait for `task`, or for the process. */
static inline sigset_t *signal_pending_of(struct process *process,
					  struct task *task)
{
	return task ? &task->signal_pending : &process->signal_pending;
}

/* A new one, all SIG_DFL, or a copy. NULL when out of memory. */
struct sighand *sighand_new(void);
struct sighand *sighand_copy(struct sighand *from);
void sighand_get(struct sighand *sighand);
void sighand_put(struct sighand *sighand);

/* For execve: what had a handler becomes SIG_DFL, what was ignored stays so. */
void sighand_reset(struct sighand *sighand);

/* What SIG_DFL does. */
#define SIGNALS_IGNORED                                          \
	(sigmask(SIGCHLD) | sigmask(SIGCONT) | sigmask(SIGURG) | \
	 sigmask(SIGWINCH))
#define SIGNALS_STOPPING                                          \
	(sigmask(SIGSTOP) | sigmask(SIGTSTP) | sigmask(SIGTTIN) | \
	 sigmask(SIGTTOU))

/*
 * Returns the number of the next signal out of `set` that waits for this thread
 * of the current process, or 0. It goes on waiting. The handlers' lock is held.
 */
int signal_peek(const struct task *task, sigset_t set);

/* Takes it away, with what is known of it. The lock is held. */
void signal_dequeue(struct task *task, int signo, siginfo_t *info);

/* Takes all of `set` away from the process and its threads. Lock and
 * process_lock are held. */
void signal_flush(struct process *process, sigset_t set);

/* The same for one thread. The lock is held. */
void signal_flush_thread(struct task *task, sigset_t set);

/* Makes the current thread's WORK_SIGNAL true or false; the lock is held. */
void signal_recalculate(struct task *task);

/* Returns a siginfo that names the current process as the sender. */
siginfo_t signal_info(int signo, int code);

/*
 * Sends to a process (`task` NULL) or to one of its threads. process_lock
 * held. 0, or -EAGAIN: a real-time signal that finds no room.
 */
int signal_send(struct process *process, struct task *task,
		const siginfo_t *info);

/* The same by kill(2)'s rules: -EPERM if the current process may not. Signal 0
 * only asks. */
int signal_send_permitted(struct process *process, struct task *task,
			  const siginfo_t *info);

/* The same to the process with that number, or to that of a thread: -ESRCH if
 * there is none. Takes process_lock. */
long signal_send_number(int number, const siginfo_t *info);

/* Sends a signal for something that the current thread did itself: it is
 * delivered before the thread returns to ring 3. If it is blocked or ignored, now
 * or by another thread until then, it kills. Interrupts on, no lock held. */
void signal_force(const siginfo_t *info);
void signal_force_segv(void);

/* Wakes a parent that waits for `process`, and sends it `signo` (0: none) with
 * CLD_… as si_code and with si_status. process_lock held. */
void signal_notify_parent(struct process *process, int signo, int code,
			  int status);

/* Each thread of the process is to end but `spared`, which may be NULL. The
 * handlers' lock is held. */
void signal_kill_threads(struct process *process, const struct task *spared);

/* Does the thread take this signal, or wait for it? The lock is held. */
bool signal_wanted(const struct task *task, int signo);

/* Will the current thread end as soon as it returns to ring 3? */
bool signal_is_fatal(void);

/* Sets the current thread's mask; SIGKILL and SIGSTOP are left out. */
void signal_set_mask(sigset_t mask);

/*
 * Sets the mask until the call is over, for sigsuspend, ppoll and pselect. The
 * old mask comes back by signal_resume_mask(), or after -ERESTARTNOHAND when the
 * signal has been dealt with: a handler's frame holds the old mask.
 */
void signal_suspend_mask(sigset_t mask);
void signal_resume_mask(void);

/*
 * Deals with signals that have no handler (stops, continues, what is ignored) in
 * the middle of a system call that can then go on. Returns false if a signal with
 * a handler, or one that kills, is left: the call must end.
 */
bool signal_deal_quietly(void);

/* Returns the result of `sleep`, which is called again after such signals. */
#define through_signals(sleep)                                     \
	({                                                         \
		int quiet_;                                        \
                                                                   \
		do                                                 \
			quiet_ = (sleep);                          \
		while (quiet_ == -EINTR && signal_deal_quietly()); \
		quiet_;                                            \
	})

/* trap_hooks.return_work */
void signal_return_work(struct trapframe *tf);

/* trap_hooks.user_fault */
void signal_user_fault(struct trapframe *tf, int signo, int code,
		       uaddr_t address);

/* Sends SIGPIPE and the like to the current thread. */
void signal_raise(int signo);

#endif
