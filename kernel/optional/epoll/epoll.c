/*
 * epoll: see epoll.h. Each watched file has an item, which stands in the
 * file's wait queues: a wake-up puts it on the ready list. Whether it really
 * has something is asked when somebody waits; a level-triggered item stays on
 * the list until the answer is no, an edge-triggered one leaves it at once.
 *
 * One mutex guards all items of all epolls, and keeps a file from ending while
 * it is asked; the ready list has a spinlock, as interrupts wake too.
 */
#include "kernel/optional/epoll/epoll.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/poll.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/time/sleep.h"

#define QUEUES_MAX 2 /* of one file: a terminal has as many */

/* Reported whether asked for or not. */
#define EVENTS_ALWAYS (EPOLLERR | EPOLLHUP)

struct epoll {
	struct list_node items; /* under `mutex` */

	struct spinlock lock; /* RANK_EPOLL */
	struct list_node ready;
	struct list_node sleepers;
};

struct sleeper {
	struct list_node node;
	struct task *task;
};

struct item {
	struct list_node of_epoll, of_file; /* under `mutex` */
	struct epoll *epoll;
	struct file *file; /* without a reference: epoll_file_closed() */
	int fd;
	struct epoll_event event;
	bool spent; /* EPOLLONESHOT has had its shot */

	struct list_node ready; /* under the epoll's lock … */
	bool is_ready;          /* … : it is in the list */

	unsigned queue_count;
	struct place {
		struct item *item;
		struct wait_queue *queue;
		struct waiter waiter;
	} places[QUEUES_MAX];
};

static struct mutex mutex = MUTEX_INIT(mutex);

/* ---- The ready list ----------------------------------------------------------- */

static void make_ready(struct item *item)
{
	struct epoll *epoll = item->epoll;
	uint64_t flags = spin_lock_irqsave(&epoll->lock);
	struct sleeper *sleeper;

	if (!item->is_ready) {
		list_add_tail(&item->ready, &epoll->ready);
		item->is_ready = true;
	}
	list_for_each_entry (sleeper, &epoll->sleepers, node)
		sched_wake(sleeper->task, WAKE_INTERRUPTIBLE);
	spin_unlock_irqrestore(&epoll->lock, flags);
}

static void unready(struct item *item)
{
	uint64_t flags = spin_lock_irqsave(&item->epoll->lock);

	if (item->is_ready)
		list_remove(&item->ready);
	item->is_ready = false;
	spin_unlock_irqrestore(&item->epoll->lock, flags);
}

static void on_wake(struct waiter *waiter)
{
	make_ready(container_of(waiter, struct place, waiter)->item);
}

/* ---- Items -------------------------------------------------------------------- */

struct joining {
	struct poll_table table; /* first */
	struct item *item;
	bool full;
};

static void join(struct poll_table *table, struct wait_queue *queue)
{
	struct joining *joining = (struct joining *)table;
	struct item *item = joining->item;
	struct place *place = &item->places[item->queue_count];

	if (item->queue_count == QUEUES_MAX) {
		joining->full = true;
		return;
	}
	item->queue_count++;
	place->item = item;
	place->queue = queue;
	wait_join_call(queue, &place->waiter, on_wake);
}

/* What the item has to report now. */
static uint32_t ask(const struct item *item)
{
	uint32_t wanted = item->event.events | EVENTS_ALWAYS;

	if (item->spent)
		return 0;
	return item->file->ops->poll(item->file, NULL) & wanted;
}

static void item_remove(struct item *item)
{
	for (unsigned i = 0; i < item->queue_count; i++)
		wait_leave(item->places[i].queue, &item->places[i].waiter);
	unready(item);
	list_remove(&item->of_epoll);
	list_remove(&item->of_file);
	kfree(item);
}

static struct item *find(struct epoll *epoll, int fd, struct file *file)
{
	struct item *item;

	list_for_each_entry (item, &epoll->items, of_epoll)
		if (item->fd == fd && item->file == file)
			return item;
	return NULL;
}

static int item_add(struct epoll *epoll, int fd, struct file *file,
		    const struct epoll_event *event)
{
	struct item *item = kzalloc(sizeof(*item));
	struct joining joining = { .table = { join }, .item = item };

	if (!item)
		return -ENOMEM;
	item->epoll = epoll;
	item->file = file;
	item->fd = fd;
	item->event = *event;
	list_add_tail(&item->of_epoll, &epoll->items);
	list_add_tail(&item->of_file, &file->watchers);
	file->ops->poll(file, &joining.table);
	if (joining.full) {
		item_remove(item);
		return -ENOMEM;
	}
	if (ask(item))
		make_ready(item);
	return 0;
}

/* Mutex held. */
static int control(struct epoll *epoll, int operation, int fd,
		   struct file *file, const struct epoll_event *event)
{
	struct item *item = find(epoll, fd, file);

	if (operation == EPOLL_CTL_ADD)
		return item ? -EEXIST : item_add(epoll, fd, file, event);
	if (operation != EPOLL_CTL_MOD && operation != EPOLL_CTL_DEL)
		return -EINVAL;
	if (!item)
		return -ENOENT;
	if (operation == EPOLL_CTL_DEL) {
		item_remove(item);
		return 0;
	}
	item->event = *event;
	item->spent = false;
	if (ask(item))
		make_ready(item);
	return 0;
}

int epoll_control(struct file *file, int operation, int fd,
		  struct file *watched, const struct epoll_event *event)
{
	int result;

	if (file == watched)
		return -EINVAL;
	if (!watched->ops->poll)
		return -EPERM;
	mutex_lock(&mutex);
	result = control(file->data, operation, fd, watched, event);
	mutex_unlock(&mutex);
	return result;
}

/* A file without a last reference is watched by no epoll any more. */
static void epoll_file_closed(struct file *file)
{
	struct item *item, *next;

	/* empty at both ends: nobody is just taking the last one off */
	if (list_empty(&file->watchers) &&
	    READ_ONCE(file->watchers.prev) == &file->watchers)
		return;
	mutex_lock(&mutex);
	list_for_each_entry_safe (item, next, &file->watchers, of_file)
		item_remove(item);
	mutex_unlock(&mutex);
}
HOOK(file_closed, epoll_file_closed);

/* ---- Waiting ------------------------------------------------------------------ */

/* The item that is ready for the longest time, taken off the list. */
static struct item *take_ready(struct epoll *epoll)
{
	uint64_t flags = spin_lock_irqsave(&epoll->lock);
	struct item *item = list_first(&epoll->ready, struct item, ready);

	if (item) {
		list_remove(&item->ready);
		item->is_ready = false;
	}
	spin_unlock_irqrestore(&epoll->lock, flags);
	return item;
}

/* Mutex held. What is level-triggered goes back to the list's end, where a
 * second look at the first item taken ends the round. */
static int collect(struct epoll *epoll, struct epoll_event *events, int max)
{
	struct item *item, *first_back = NULL;
	int count = 0;

	while (count < max && (item = take_ready(epoll))) {
		uint32_t found;

		if (item == first_back) {
			make_ready(item);
			break;
		}
		found = ask(item);
		if (!found)
			continue;
		events[count].events = found;
		events[count++].data = item->event.data;
		if (item->event.events & EPOLLONESHOT)
			item->spent = true;
		else if (!(item->event.events & EPOLLET)) {
			make_ready(item);
			if (!first_back)
				first_back = item;
		}
	}
	return count;
}

static int look(struct epoll *epoll, struct epoll_event *events, int max)
{
	int count;

	if (list_empty(&epoll->ready))
		return 0;
	sched_set_state(TASK_RUNNABLE);
	mutex_lock(&mutex);
	count = collect(epoll, events, max);
	mutex_unlock(&mutex);
	return count;
}

int epoll_wait(struct file *file, struct epoll_event *events, int max,
	       uint64_t deadline)
{
	struct epoll *epoll = file->data;
	struct sleeper sleeper = { .task = current_task() };
	uint64_t flags = spin_lock_irqsave(&epoll->lock);
	int count, ended;

	list_add_tail(&sleeper.node, &epoll->sleepers);
	spin_unlock_irqrestore(&epoll->lock, flags);
	/* woken in look(), it does not sleep but looks again */
	ended = sleep_event((count = look(epoll, events, max)), CLOCK_MONOTONIC,
			    deadline);
	flags = spin_lock_irqsave(&epoll->lock);
	list_remove(&sleeper.node);
	spin_unlock_irqrestore(&epoll->lock, flags);
	return ended == -EINTR ? ended : count;
}

/* ---- The file ----------------------------------------------------------------- */

static void epoll_release(struct file *file)
{
	struct epoll *epoll = file->data;
	struct item *item, *next;

	mutex_lock(&mutex);
	list_for_each_entry_safe (item, next, &epoll->items, of_epoll)
		item_remove(item);
	mutex_unlock(&mutex);
	kfree(epoll);
}

static const struct file_ops epoll_ops = { .release = epoll_release };

bool file_is_epoll(const struct file *file)
{
	return file->ops == &epoll_ops;
}

struct file *epoll_open(int *error)
{
	struct epoll *epoll = kzalloc(sizeof(*epoll));
	struct file *file;

	*error = -ENOMEM;
	if (!epoll)
		return NULL;
	list_init(&epoll->items);
	list_init(&epoll->ready);
	list_init(&epoll->sleepers);
	epoll->lock = SPINLOCK_INIT(RANK_EPOLL);
	file = file_open_nameless("anon_inode:[eventpoll]", &epoll_ops, O_RDWR,
				  epoll, error);
	if (!file)
		kfree(epoll);
	return file;
}
