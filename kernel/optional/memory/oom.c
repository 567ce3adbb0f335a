/*
 * When memory is full. The last frames are a reserve for root, the kernel and
 * those who are about to die. A fault of another user's that finds no frame
 * kills a process: of the user whose processes have most pages, the one with
 * most pages, and waits until its memory is free. Root's pages count an eighth,
 * so that root's shell does not die while another user's program eats memory. oom_score_adj moves a process in this
 * order, and -1000 excludes it. System calls fail with -ENOMEM instead.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/signal.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/lib/hook.h"
#include "kernel/mm/fault.h"
#include "kernel/mm/frame.h"
#include "kernel/process/process.h"
#include "kernel/process/signal.h"
#include "kernel/time/timer.h"
#include "kernel/time/timekeeper.h"
#include "vdso/instant.h"

#define RESERVE_MAX 1024               /* frames */
#define WAIT_MAX    (2 * NSEC_PER_SEC) /* for the memory of a killed process */
#define WAIT_STEP   (NSEC_PER_SEC / 1000)
#define ROOT_BONUS  8
#define USERS       32 /* that are told apart; the others count as one */

struct oom_user {
	uint32_t uid;
	uint64_t pages;
	struct process *largest;
	uint64_t largest_pages;
};

/* The pages of a process as oom_score_adj weighs them; 0: not to be killed, or
 * it has none. process_lock held. */
static uint64_t oom_pages(const struct process *process)
{
	const struct task *task = list_first(&process->threads, struct task,
					     thread);
	int64_t pages, adjust = READ_ONCE(process->oom_score_adj);

	if (!task || !task->space || process->unkillable || adjust == -1000)
		return 0;
	pages = (int64_t)READ_ONCE(task->space->pages_resident);
	pages += adjust * (int64_t)frame_count_total() / 1000;
	return (uint64_t)MAX(pages, (int64_t)1);
}

static struct oom_user *oom_find_user(struct oom_user *users, uint32_t uid)
{
	unsigned i = 0;

	while (i < USERS - 1 && users[i].pages && users[i].uid != uid)
		i++;
	users[i].uid = uid;
	return &users[i];
}

/* Root's pages count little, as long as another user has a share of memory. */
static uint64_t oom_weight(const struct oom_user *user)
{
	return user->uid ? user->pages : user->pages / ROOT_BONUS;
}

/* The process to kill, or NULL; *dying says that one ends already. process_lock
 * held. */
static struct process *oom_choose(bool *dying)
{
	struct oom_user users[USERS] = { 0 }, *worst = NULL;

	for (int number = pid_next(0); number; number = pid_next(number)) {
		struct process *process = pid_find(number)->process;
		uint64_t pages = process ? oom_pages(process) : 0;
		struct oom_user *user;

		if (process && process->exiting && !process->zombie)
			*dying = true;
		if (!pages)
			continue;
		user = oom_find_user(users, process->credentials.uid);
		user->pages += pages;
		if (pages > user->largest_pages) {
			user->largest_pages = pages;
			user->largest = process;
		}
	}
	for (struct oom_user *user = users; user < users + USERS; user++)
		if (user->largest &&
		    (!worst || oom_weight(user) > oom_weight(worst)))
			worst = user;
	return worst ? worst->largest : NULL;
}

static void oom_kill_one(void)
{
	siginfo_t info = signal_info(SIGKILL, SI_KERNEL);
	struct process *victim;
	bool dying = false;

	spin_lock(&process_lock);
	victim = oom_choose(&dying);
	if (victim && !dying) {
		kprintf("out of memory: process %d of user %u is killed\n",
			victim->pid->number, victim->credentials.uid);
		signal_send(victim, NULL, &info);
	}
	spin_unlock(&process_lock);
}

static bool oom_may_use_reserve(void)
{
	struct process *process = current_process();

	return !process || process->credentials.euid == 0 || process->exiting;
}

static bool oom_make_room(void)
{
	uint64_t end = ktime_monotonic_ns() + WAIT_MAX;

	if (alloc_fails && !frame_is_low())
		return false; /* the failure was asked for */
	while (!signal_is_fatal() && ktime_monotonic_ns() < end) {
		oom_kill_one();
		if (signal_is_fatal())
			return false;
		sleep_until(CLOCK_MONOTONIC, ktime_monotonic_ns() + WAIT_STEP);
		sched_point(); /* a signal may have ended the sleep at once */
		if (!frame_is_low())
			return true;
	}
	return false;
}

static void oom_init(void)
{
	frame_reserve = MIN(frame_count_total() / 64, (size_t)RESERVE_MAX);
	frame_may_use_reserve = oom_may_use_reserve;
	fault_memory_full = oom_make_room;
}
HOOK(boot, oom_init);
