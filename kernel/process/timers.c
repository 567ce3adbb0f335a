/*
 * Timers that send signals: see timers.h. They expire in an interrupt, which
 * may not send any; the worker does. Those that count the CPU's time have no
 * deadline but what is left, and the tick takes its time off that.
 */
#include "kernel/process/timers.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/time.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/process/signal.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/worker.h"
#include "kernel/time/tick.h"
#include "kernel/time/timekeeper.h"
#include "kernel/time/timer.h"

#define TIMERS_MAX 256 /* of a process */
#define TICK_NS    (1000000000u / TICK_HZ)

struct signal_timer {
	struct list_node node; /* in process->timers */
	struct process *process;
	int id;     /* ITIMER_ID() or from 0 */
	int clock;  /* CLOCK_…; a CPU clock: of itimers only */
	int thread; /* whom to tell; 0: the process */
	bool silent;
	siginfo_t info;

	struct timer timer;
	struct work work;
	uint64_t deadline; /* 0: stopped. For a CPU clock what is left */
	uint64_t interval;
	int expired; /* times not told yet; atomic */
	int overrun; /* more of them than signals, by the last signal */
};

/* Guards the list, and each timer but from its own expiry. */
static struct mutex mutex = MUTEX_INIT(mutex);

static bool counts_cpu(const struct signal_timer *timer)
{
	return timer->clock == CLOCK_PROCESS_CPUTIME_ID ||
	       timer->clock == CLOCK_THREAD_CPUTIME_ID;
}

/* ---- Expiry ------------------------------------------------------------------- */

static void count_expiry(struct signal_timer *timer, uint64_t times)
{
	atomic_fetch_add(&timer->expired, (int)times);
	work_start(&timer->work);
}

/* Interrupt. */
static void expire(struct timer *queued)
{
	struct signal_timer *timer = container_of(queued, struct signal_timer,
						  timer);
	uint64_t times = 1, now = ktime_ns(queued->clock);

	if (timer->interval) {
		if (now > timer->deadline) /* it may just have been set back */
			times += (now - timer->deadline) / timer->interval;
		timer->deadline += times * timer->interval;
		timer_start(queued, timer->deadline);
	} else {
		timer->deadline = 0;
	}
	count_expiry(timer, times);
}

static void tick_one(struct signal_timer *timer)
{
	if (!timer || !timer->deadline)
		return;
	timer->deadline -= MIN(timer->deadline, TICK_NS);
	if (timer->deadline)
		return;
	timer->deadline = timer->interval;
	count_expiry(timer, 1);
}

/* Interrupt, on the thread that runs. */
void timers_tick(struct task *task, bool user)
{
	struct process *process = task->process;

	if (!process)
		return;
	tick_one(READ_ONCE(process->profile_timer));
	if (user)
		tick_one(READ_ONCE(process->virtual_timer));
}

/* Whom to tell; NULL and *process: anybody. False: that thread has ended. */
static bool find_receiver(struct signal_timer *timer, struct task **task)
{
	struct pid *pid = timer->thread ? pid_find(timer->thread) : NULL;

	*task = pid ? pid->task : NULL;
	if (!timer->thread)
		return true;
	return *task && (*task)->process == timer->process;
}

/* The worker's. A signal that still waits is not sent again. */
static void tell(struct work *work)
{
	struct signal_timer *timer = container_of(work, struct signal_timer,
						  work);
	int times = atomic_exchange(&timer->expired, 0);
	struct task *task;

	spin_lock(&process_lock);
	if (times && !timer->silent && find_receiver(timer, &task)) {
		sigset_t pending = task ? task->signal_pending
					: timer->process->signal_pending;

		if (pending & sigmask(timer->info.si_signo)) {
			timer->overrun += times;
		} else {
			timer->overrun = times - 1;
			if (timer->info.si_code == SI_TIMER)
				timer->info.si_overrun = timer->overrun;
			signal_send(timer->process, task, &timer->info);
		}
	}
	spin_unlock(&process_lock);
}

/* ---- The list ----------------------------------------------------------------- */

/* Mutex held. */
static struct signal_timer *find(int id)
{
	struct signal_timer *timer;

	list_for_each_entry (timer, &current_process()->timers, node)
		if (timer->id == id)
			return timer;
	return NULL;
}

static struct signal_timer *timer_new(int id, int clock)
{
	struct signal_timer *timer = kzalloc(sizeof(*timer));
	struct process *process = current_process();

	if (!timer)
		return NULL;
	timer->process = process;
	timer->id = id;
	timer->clock = clock;
	timer_init(&timer->timer, CLOCK_MONOTONIC, expire);
	work_init(&timer->work, tell);
	list_add_tail(&timer->node, &process->timers);
	return timer;
}

static void timer_free(struct signal_timer *timer)
{
	timer_cancel(&timer->timer);
	work_cancel(&timer->work);
	list_remove(&timer->node);
	kfree(timer);
}

/* One of the three of setitimer, made when first used. */
static struct signal_timer *find_itimer(int id)
{
	static const struct {
		int clock, signo;
	} kinds[] = {
		[ITIMER_REAL] = { CLOCK_MONOTONIC, SIGALRM },
		[ITIMER_VIRTUAL] = { CLOCK_THREAD_CPUTIME_ID, SIGVTALRM },
		[ITIMER_PROF] = { CLOCK_PROCESS_CPUTIME_ID, SIGPROF },
	};
	struct signal_timer *timer = find(id);
	int which = -1 - id;

	if (timer)
		return timer;
	timer = timer_new(id, kinds[which].clock);
	if (!timer)
		return NULL;
	timer->info.si_signo = kinds[which].signo;
	timer->info.si_code = SI_KERNEL;
	if (which == ITIMER_VIRTUAL)
		WRITE_ONCE(timer->process->virtual_timer, timer);
	if (which == ITIMER_PROF)
		WRITE_ONCE(timer->process->profile_timer, timer);
	return timer;
}

static int find_any(int id, struct signal_timer **timer)
{
	*timer = id < 0 ? find_itimer(id) : find(id);
	if (*timer)
		return 0;
	return id < 0 ? -ENOMEM : -EINVAL;
}

static int free_id(void)
{
	int id = 0;

	while (id < TIMERS_MAX && find(id))
		id++;
	return id < TIMERS_MAX ? id : -EAGAIN;
}

/* Mutex held. */
static int make(int clock, const struct sigevent *event)
{
	int id = free_id();
	struct signal_timer *timer = id < 0 ? NULL : timer_new(id, clock);

	if (!timer)
		return -EAGAIN;
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
	struct timer_value value = { .interval = timer->interval };
	uint64_t deadline = READ_ONCE(timer->deadline);
	uint64_t now = counts_cpu(timer) ? 0 : ktime_ns(timer->timer.clock);

	if (deadline) /* it expires at the next tick, but has not yet */
		value.left = deadline > now ? deadline - now : 1;
	return value;
}

int timers_get(int id, struct timer_value *value)
{
	struct signal_timer *timer;
	int error;

	mutex_lock(&mutex);
	error = find_any(id, &timer);
	if (!error)
		*value = value_of(timer);
	mutex_unlock(&mutex);
	return error;
}

static void set(struct signal_timer *timer, bool absolute, uint64_t deadline,
		uint64_t interval)
{
	uint64_t now = counts_cpu(timer) ? ktime_monotonic_ns() : 0;

	timer_cancel(&timer->timer);
	work_cancel(&timer->work);
	timer->expired = 0;
	timer->overrun = 0;
	timer->interval = interval;
	if (!deadline) {
		timer->deadline = 0;
		return;
	}
	WRITE_ONCE(timer->deadline, deadline > now ? deadline - now : 1);
	timer->timer.clock = absolute ? timer->clock : CLOCK_MONOTONIC;
	if (!counts_cpu(timer))
		timer_start(&timer->timer, deadline);
}

int timers_set(int id, bool absolute, uint64_t deadline, uint64_t interval,
	       struct timer_value *old)
{
	struct signal_timer *timer;
	int error;

	mutex_lock(&mutex);
	error = find_any(id, &timer);
	if (!error && old)
		*old = value_of(timer);
	if (!error)
		set(timer, absolute, deadline, interval);
	mutex_unlock(&mutex);
	return error;
}

int timers_delete(int id)
{
	struct signal_timer *timer;

	if (id < 0)
		return -EINVAL;
	mutex_lock(&mutex);
	timer = find(id);
	if (timer)
		timer_free(timer);
	mutex_unlock(&mutex);
	return timer ? 0 : -EINVAL;
}

int timers_overrun(int id)
{
	struct signal_timer *timer;
	int result = -EINVAL;

	mutex_lock(&mutex);
	timer = id < 0 ? NULL : find(id);
	if (timer)
		result = timer->overrun;
	mutex_unlock(&mutex);
	return result;
}

void timers_stop(struct process *process)
{
	struct signal_timer *timer;

	if (list_empty(&process->timers))
		return;
	mutex_lock(&mutex);
	list_for_each_entry (timer, &process->timers, node)
		set(timer, false, 0, 0);
	mutex_unlock(&mutex);
}

void timers_drop(struct process *process, bool all)
{
	struct signal_timer *timer, *next;

	if (list_empty(&process->timers))
		return;
	mutex_lock(&mutex);
	list_for_each_entry_safe (timer, next, &process->timers, node)
		if (all || timer->id >= 0)
			timer_free(timer);
	mutex_unlock(&mutex);
}
