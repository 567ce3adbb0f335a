/*
 * Timers that send signals: see timers.h. An interrupt may not send a signal,
 * so a timer that expires leaves that to the worker, which starts it again if
 * it has an interval. So however short the interval, a timer has one interrupt
 * for each time that the worker, an ordinary task, deals with it.
 */
#include "kernel/optional/timers/timers.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/time.h"
#include "kernel/cpu/percpu.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/saturate.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/optional/signals/queue.h"
#include "kernel/optional/timers/worker.h"
#include "kernel/optional/usage/cpu_clock.h"
#include "kernel/process/signal.h"
#include "kernel/sched/mutex.h"
#include "kernel/sys/time.h"
#include "kernel/time/tick.h"
#include "kernel/time/timekeeper.h"
#include "kernel/time/timer.h"
#include "vdso/instant.h"

#define TIMERS_MAX 256 /* of a process, those of timer_create(2) */
#define TICK_NS    (NSEC_PER_SEC / TICK_HZ)

struct signal_timer {
	struct process *process;
	int clock;   /* CLOCK_*, or a CPU clock below 0 */
	int thread;  /* which gets the signal; 0: any of the process */
	bool silent; /* SIGEV_NONE: it is only ever asked what is left */
	siginfo_t info;

	struct timer timer;
	struct work work;
	uint64_t interval;
	/* Under process_lock. */
	uint64_t deadline; /* by its clock; 0: stopped */
	/* Under the lock of the process's handlers. */
	uint64_t overrun; /* expiries since the last signal was sent */
	int overrun_told; /* what it was when that one was taken */
};

/* The timers of a process, by number. A process that never had one has none of
 * these. */
struct process_timers {
	struct signal_timer *itimers[3]; /* by ITIMER_*; NULL: never used */
	struct signal_timer *made[TIMERS_MAX];
	int first_free; /* no number below it is free */
};

/* Guards the tables and all of a timer but what process_lock guards. */
static struct mutex mutex = MUTEX_INIT(mutex);

/* A clock that counts the CPU time of a process or thread. */
static bool counts_cpu(const struct signal_timer *timer)
{
	return timer->clock < 0;
}

/* What the timer's clock shows. A thread that has ended has no clock: its
 * timers do not expire any more. */
static uint64_t timer_now(const struct signal_timer *timer)
{
	uint64_t now;

	if (!counts_cpu(timer))
		return ktime_ns(timer->timer.clock);
	if (cpu_clock_read(timer->process, timer->clock, &now))
		return 0;
	return now;
}

/* ---- Expiry ------------------------------------------------------------------- */

/*
 * Starts the kernel's timer, `after` (of CLOCK_MONOTONIC) at the earliest. CPU
 * time makes no interrupts of its own, so a timer that counts it looks at its
 * clock again when that can have come to the deadline at the earliest: when
 * all CPUs have worked for it.
 */
static void timer_arm(struct signal_timer *timer, uint64_t now)
{
	uint64_t left = timer->deadline > now ? timer->deadline - now : 0;

	if (timer->silent)
		return;
	if (counts_cpu(timer))
		timer_start(&timer->timer,
			    ktime_deadline(MAX(left / cpu_count, TICK_NS)));
	else
		timer_start(&timer->timer, timer->deadline);
}

/* Finds the thread to tell; *task is NULL for any of the process. Returns
 * false if that thread has ended. process_lock is held. */
static bool find_receiver(struct signal_timer *timer, struct task **task)
{
	struct pid *pid = timer->thread ? pid_find(timer->thread) : NULL;

	*task = pid ? pid->task : NULL;
	if (!timer->thread)
		return true;
	return *task && (*task)->process == timer->process;
}

/* Sends the signal, unless it still waits to be delivered: that counts as an
 * overrun. Returns false then. process_lock is held. */
static bool timer_signal(struct signal_timer *timer, uint64_t times)
{
	struct process *process = timer->process;
	struct task *task;
	bool waits;

	if (!find_receiver(timer, &task))
		return true;
	spin_lock(&process->sighand->lock);
	waits = *signal_pending_of(process, task) &
		sigmask(timer->info.si_signo);
	timer->overrun = waits ? add_saturated(timer->overrun, times)
			       : times - 1;
	spin_unlock(&process->sighand->lock);
	if (!waits)
		signal_send(process, task, &timer->info);
	return !waits;
}

/* Tells with a signal that is taken how often its timer has expired since it was
 * sent. The lock of the handlers is held: no timer leaves the table. */
static void tell_overrun(struct process *process, siginfo_t *info)
{
	struct process_timers *table = process->timers;
	uint32_t id = (uint32_t)info->si_tid; /* a program may send any */
	struct signal_timer *timer;

	timer = table && id < TIMERS_MAX ? table->made[id] : NULL;
	if (!timer || timer->info.si_signo != info->si_signo)
		return;
	timer->overrun_told = (int)MIN(timer->overrun, (uint64_t)INT32_MAX);
	info->si_overrun = timer->overrun_told;
}
HOOK(timer_signal_taken, tell_overrun);

/* Deals with a timer whose deadline has come. process_lock is held. */
static void timer_expired(struct signal_timer *timer, uint64_t now)
{
	uint64_t times = 1, soonest = 0;

	if (timer->interval)
		times += (now - timer->deadline) / timer->interval;
	/* while its signal waits, counting once a tick is enough */
	if (!timer_signal(timer, times))
		soonest = add_saturated(now, TICK_NS);
	if (!timer->interval) {
		timer->deadline = 0;
		return;
	}
	timer->deadline = add_saturated(timer->deadline,
					mul_saturated(times, timer->interval));
	if (timer->deadline < soonest && !counts_cpu(timer))
		timer_start(&timer->timer, soonest);
	else
		timer_arm(timer, now);
}

/* The worker's. A timer that was stopped meanwhile has no deadline. */
static void timer_work(struct work *work)
{
	struct signal_timer *timer = container_of(work, struct signal_timer,
						  work);
	uint64_t now = timer_now(timer);

	spin_lock(&process_lock);
	if (timer->deadline && now >= timer->deadline)
		timer_expired(timer, now);
	else if (timer->deadline)
		timer_arm(timer, now);
	spin_unlock(&process_lock);
}

/* In the timer's interrupt. */
static void timer_fire(struct timer *queued)
{
	struct signal_timer *timer = container_of(queued, struct signal_timer,
						  timer);

	work_start(&timer->work);
}

/* ---- The table ---------------------------------------------------------------- */

static struct signal_timer *timer_new(int clock)
{
	struct signal_timer *timer = kzalloc(sizeof(*timer));

	if (!timer)
		return NULL;
	timer->process = current_process();
	timer->clock = clock;
	timer_init(&timer->timer, CLOCK_MONOTONIC, timer_fire);
	work_init(&timer->work, timer_work);
	return timer;
}

/* Afterwards the timer does not run, and the worker does not start it again.
 * The mutex is held. */
static void timer_stop(struct signal_timer *timer)
{
	spin_lock(&process_lock);
	timer->deadline = 0;
	spin_unlock(&process_lock);
	timer_cancel(&timer->timer);
	work_cancel(&timer->work);
}

static void timer_free(struct signal_timer **slot)
{
	struct signal_timer *timer = *slot;

	if (!timer)
		return;
	timer_stop(timer);
	spin_lock(&timer->process->sighand->lock);
	*slot = NULL;
	spin_unlock(&timer->process->sighand->lock);
	kfree(timer);
}

/* Makes one of the three of setitimer(2), when it is first used. */
static struct signal_timer *itimer_new(int which)
{
	static const struct {
		int clock, signo;
	} kinds[] = {
		[ITIMER_REAL] = { CLOCK_MONOTONIC, SIGALRM },
		[ITIMER_VIRTUAL] = { CPU_CLOCK_USER, SIGVTALRM },
		[ITIMER_PROF] = { CPU_CLOCK_ALL, SIGPROF },
	};
	struct signal_timer *timer = timer_new(kinds[which].clock);

	if (!timer)
		return NULL;
	timer->info.si_signo = kinds[which].signo;
	timer->info.si_code = SI_KERNEL;
	return timer;
}

/* Returns the current process's table, or NULL when out of memory. */
static struct process_timers *timers_table(void)
{
	struct process *process = current_process();

	if (!process->timers)
		process->timers = kzalloc(sizeof(struct process_timers));
	return process->timers;
}

/* Finds a timer by its number: 0, -EINVAL, -ENOMEM. The mutex is held. */
static int timer_find(int id, struct signal_timer **timer)
{
	struct process_timers *table = timers_table();

	if (!table)
		return -ENOMEM;
	if (id >= 0) {
		*timer = id < TIMERS_MAX ? table->made[id] : NULL;
		return *timer ? 0 : -EINVAL;
	}
	if (!table->itimers[-1 - id])
		table->itimers[-1 - id] = itimer_new(-1 - id);
	*timer = table->itimers[-1 - id];
	return *timer ? 0 : -ENOMEM;
}

static int make(int clock, const struct sigevent *event)
{
	struct process_timers *table = timers_table();
	struct signal_timer *timer;
	int id = table ? table->first_free : 0;

	while (table && id < TIMERS_MAX && table->made[id])
		id++;
	timer = table && id < TIMERS_MAX ? timer_new(clock) : NULL;
	if (!timer)
		return -EAGAIN;
	table->made[id] = timer;
	table->first_free = id + 1;
	timer->silent = event->sigev_notify == SIGEV_NONE;
	if (event->sigev_notify & SIGEV_THREAD_ID)
		timer->thread = event->_sigev_un._tid;
	timer->info.si_signo = event->sigev_signo;
	timer->info.si_code = SI_TIMER;
	timer->info.si_tid = id;
	timer->info.si_value = event->sigev_value;
	return id;
}

static bool is_own_thread(int number)
{
	struct pid *pid;
	bool own;

	spin_lock(&process_lock);
	pid = pid_find(number);
	own = pid && pid->task && pid->task->process == current_process();
	spin_unlock(&process_lock);
	return own;
}

int timers_make(int clock, const struct sigevent *event)
{
	int notify = event->sigev_notify, id;

	if (notify != SIGEV_SIGNAL && notify != SIGEV_NONE &&
	    notify != SIGEV_THREAD && notify != SIGEV_THREAD_ID)
		return -EINVAL;
	if (notify == SIGEV_THREAD_ID && !is_own_thread(event->_sigev_un._tid))
		return -EINVAL;
	if (notify != SIGEV_NONE &&
	    (event->sigev_signo < 1 || event->sigev_signo > _NSIG))
		return -EINVAL;
	mutex_lock(&mutex);
	id = make(clock, event);
	mutex_unlock(&mutex);
	return id;
}

/* ---- The rest ----------------------------------------------------------------- */

static struct timer_value value_of(const struct signal_timer *timer)
{
	uint64_t now = timer_now(timer), deadline = READ_ONCE(timer->deadline);
	struct timer_value value = { .interval = timer->interval };

	if (deadline > now)
		value.left = deadline - now;
	else if (deadline && timer->interval)
		value.left = timer->interval -
			     (now - deadline) % timer->interval;
	else if (deadline && !timer->silent)
		value.left = 1; /* its signal has not been sent yet */
	return value;
}

int timers_get(int id, struct timer_value *value)
{
	struct signal_timer *timer;
	int error;

	mutex_lock(&mutex);
	error = timer_find(id, &timer);
	if (!error)
		*value = value_of(timer);
	mutex_unlock(&mutex);
	return error;
}

static void timer_set(struct signal_timer *timer, bool absolute, uint64_t time,
		      uint64_t interval)
{
	uint64_t now;

	timer_stop(timer);
	timer->overrun = 0;
	timer->overrun_told = 0;
	timer->interval = interval;
	if (!time)
		return;
	timer->timer.clock = CLOCK_MONOTONIC;
	if (absolute && !counts_cpu(timer))
		timer->timer.clock = timer->clock;
	now = timer_now(timer);
	spin_lock(&process_lock);
	timer->deadline = absolute ? time : add_saturated(now, time);
	timer_arm(timer, now);
	spin_unlock(&process_lock);
}

int timers_set(int id, bool absolute, uint64_t time, uint64_t interval,
	       struct timer_value *old)
{
	struct signal_timer *timer;
	int error;

	mutex_lock(&mutex);
	error = timer_find(id, &timer);
	if (!error) {
		*old = value_of(timer);
		timer_set(timer, absolute, time, interval);
	}
	mutex_unlock(&mutex);
	return error;
}

int timers_delete(int id)
{
	struct signal_timer *timer;
	int error;

	if (id < 0)
		return -EINVAL;
	mutex_lock(&mutex);
	error = timer_find(id, &timer);
	if (!error) {
		struct process_timers *table = current_process()->timers;

		timer_free(&table->made[id]);
		table->first_free = MIN(table->first_free, id);
	}
	mutex_unlock(&mutex);
	return error;
}

int timers_overrun(int id)
{
	struct signal_timer *timer;
	int result;

	if (id < 0)
		return -EINVAL;
	mutex_lock(&mutex);
	result = timer_find(id, &timer);
	if (!result)
		result = READ_ONCE(timer->overrun_told);
	mutex_unlock(&mutex);
	return result;
}

/* A process keeps none of timer_create's when it executes a program ... */
static void timers_execute(struct process *process)
{
	if (!process->timers)
		return;
	mutex_lock(&mutex);
	for (int i = 0; i < TIMERS_MAX; i++)
		timer_free(&process->timers->made[i]);
	process->timers->first_free = 0;
	mutex_unlock(&mutex);
}
HOOK(process_executed, timers_execute);

/* ... and none at all when it ends. */
static void timers_end(struct process *process)
{
	struct process_timers *table = process->timers;

	if (!table)
		return;
	timers_execute(process);
	mutex_lock(&mutex);
	for (int i = 0; i < 3; i++)
		timer_free(&table->itimers[i]);
	spin_lock(&process->sighand->lock);
	process->timers = NULL;
	spin_unlock(&process->sighand->lock);
	kfree(table);
	mutex_unlock(&mutex);
}
HOOK(process_ending, timers_end);
