/*
 * epoll: see epoll.h. Each watched file has an item, which stands in the
 * file's wait queues: a wake-up puts it on its epoll's ready list. Whether the
 * file really has something is asked when a task waits. A level-triggered item
 * stays on the list until the answer is no, an edge-triggered one leaves it at
 * once.
 *
 * An epoll may watch another one. An item of such a file is in no wait queue;
 * the inner epoll knows the item and makes it ready itself.
 */
#include "kernel/optional/epoll/epoll.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/poll.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/optional/epoll/eventfd.h"
#include "kernel/time/timer.h"

#define CHAIN_MAX 5 /* epolls, of which each watches the next; as on Linux */

/* Reported whether asked for or not. */
#define EVENTS_ALWAYS (EPOLLERR | EPOLLHUP)

struct epoll {
	/* Under epoll_mutex. */
	struct list_node items;
	uint64_t search; /* number of the last search that came by here … */
	unsigned depth;  /* … and what it found */

	/* Under ready_lock. */
	struct list_node ready; /* items that may have something */
	struct list_node outer; /* items of other epolls that watch this one */
	struct wait_queue changed; /* RANK_EPOLL_QUEUE: `ready` has got more */
};

struct item {
	/* Under epoll_mutex. */
	struct list_node of_epoll, of_file;
	struct epoll *epoll;
	struct file *file; /* without a reference: epoll_file_closed() */
	int fd;
	struct epoll_event event;
	bool spent; /* EPOLLONESHOT has had its shot */

	/* Under ready_lock. */
	struct list_node ready;    /* in the epoll's list, or on none */
	struct list_node of_inner; /* in the watched epoll's `outer` */

	struct poll_table table; /* in the file's wait queues */
};

/* Guards all items of all epolls, and keeps a file from ending while it is
 * asked. */
static struct mutex epoll_mutex = MUTEX_INIT(epoll_mutex);

/* Guards all ready lists; interrupts take it, too. */
static struct spinlock ready_lock = SPINLOCK_INIT(RANK_EPOLL);

static const struct file_ops epoll_ops;

bool file_is_epoll(const struct file *file)
{
	return file->ops == &epoll_ops;
}

/* ---- The ready list ----------------------------------------------------------- */

/* Puts an item on its epoll's list, and the items that watch the epoll on
 * theirs. ready_lock is held. An item that is there was told already. */
static void set_ready(struct item *item)
{
	struct item *outer;

	if (!list_empty(&item->ready))
		return;
	list_add_tail(&item->ready, &item->epoll->ready);
	wake_all(&item->epoll->changed);
	list_for_each_entry (outer, &item->epoll->outer, of_inner)
		set_ready(outer);
}

static void make_ready(struct item *item)
{
	uint64_t flags = spin_lock_irqsave(&ready_lock);

	set_ready(item);
	spin_unlock_irqrestore(&ready_lock, flags);
}

/* Puts an item back to one end of its list: nothing has changed. */
static void keep_ready(struct item *item, bool first)
{
	struct list_node *list = &item->epoll->ready;
	uint64_t flags = spin_lock_irqsave(&ready_lock);

	if (list_empty(&item->ready))
		list_add_tail(&item->ready, first ? list->next : list);
	spin_unlock_irqrestore(&ready_lock, flags);
}

/* The item that is ready for the longest time, taken off the list. */
static struct item *take_ready(struct epoll *epoll)
{
	uint64_t flags = spin_lock_irqsave(&ready_lock);
	struct item *item = list_first(&epoll->ready, struct item, ready);

	if (item)
		list_remove(&item->ready);
	spin_unlock_irqrestore(&ready_lock, flags);
	return item;
}

static void item_on_wake(struct poll_table *table)
{
	make_ready(container_of(table, struct item, table));
}

/* ---- Asking; epoll_mutex is held ---------------------------------------------- */

static uint32_t item_ask(const struct item *item);

/* Has any file something? Items without leave the list. */
static bool has_events(struct epoll *epoll)
{
	struct item *item;

	while ((item = take_ready(epoll))) {
		if (item_ask(item)) {
			keep_ready(item, true);
			return true;
		}
	}
	return false;
}

/* What the item has to report now. */
static uint32_t item_ask(const struct item *item)
{
	uint32_t wanted = item->event.events | EVENTS_ALWAYS;

	if (item->spent)
		return 0;
	if (file_is_epoll(item->file))
		return has_events(item->file->data)
			       ? wanted & (EPOLLIN | EPOLLRDNORM)
			       : 0;
	return item->file->ops->poll(item->file, NULL) & wanted;
}

/* ---- Items; epoll_mutex is held ----------------------------------------------- */

static void item_remove(struct item *item)
{
	uint64_t flags;

	poll_leave(&item->table);
	flags = spin_lock_irqsave(&ready_lock);
	list_remove(&item->ready);
	list_remove(&item->of_inner);
	spin_unlock_irqrestore(&ready_lock, flags);
	list_remove(&item->of_epoll);
	list_remove(&item->of_file);
	kfree(item);
}

static struct item *item_find(struct epoll *epoll, int fd, struct file *file)
{
	struct item *item;

	list_for_each_entry (item, &epoll->items, of_epoll)
		if (item->fd == fd && item->file == file)
			return item;
	return NULL;
}

/* Makes sure that the item hears of changes. */
static void item_listen(struct item *item)
{
	struct epoll *inner = item->file->data;
	uint64_t flags;

	if (file_is_epoll(item->file)) {
		flags = spin_lock_irqsave(&ready_lock);
		list_add_tail(&item->of_inner, &inner->outer);
		spin_unlock_irqrestore(&ready_lock, flags);
	} else {
		poll_begin(&item->table, item_on_wake);
		item->file->ops->poll(item->file, &item->table);
	}
}

static int item_add(struct epoll *epoll, int fd, struct file *file,
		    const struct epoll_event *event)
{
	struct item *item = kzalloc(sizeof(*item));

	if (!item)
		return -ENOMEM;
	item->epoll = epoll;
	item->file = file;
	item->fd = fd;
	item->event = *event;
	list_init(&item->ready);
	list_init(&item->of_inner);
	list_add_tail(&item->of_epoll, &epoll->items);
	list_add_tail(&item->of_file, &file->watchers);
	item_listen(item);
	if (item_ask(item))
		make_ready(item);
	return 0;
}

/* ---- Epolls that watch epolls; epoll_mutex is held ----------------------------- */

static uint64_t last_search;

/*
 * How many epolls stand in the longest chain from `epoll` down to those that it
 * watches; more than CHAIN_MAX if `loop` is one of them. Each epoll is asked
 * once in a search.
 */
static unsigned chain_down(struct epoll *epoll, const struct epoll *loop)
{
	struct item *item;
	unsigned depth = 0;

	if (epoll == loop)
		return CHAIN_MAX + 1;
	if (epoll->search == last_search)
		return epoll->depth;
	list_for_each_entry (item, &epoll->items, of_epoll)
		if (file_is_epoll(item->file))
			depth = MAX(depth, chain_down(item->file->data, loop));
	epoll->search = last_search;
	epoll->depth = depth + 1;
	return epoll->depth;
}

/* The same upwards, to those that watch `epoll`. */
static unsigned chain_up(struct epoll *epoll)
{
	struct item *outer;
	unsigned depth = 0;

	if (epoll->search == last_search)
		return epoll->depth;
	list_for_each_entry (outer, &epoll->outer, of_inner)
		depth = MAX(depth, chain_up(outer->epoll));
	epoll->search = last_search;
	epoll->depth = depth + 1;
	return epoll->depth;
}

/* May the file be watched? 0, or -ELOOP: it is an epoll in a loop or in too
 * long a chain. */
static int check_chain(struct epoll *epoll, struct file *file)
{
	unsigned down, up;

	if (!file_is_epoll(file))
		return 0;
	last_search++;
	down = chain_down(file->data, epoll);
	last_search++;
	up = chain_up(epoll);
	return down + up > CHAIN_MAX ? -ELOOP : 0;
}

/* ---- epoll_ctl ---------------------------------------------------------------- */

/* epoll_ctl(2); epoll_mutex is held. */
static int item_control(struct epoll *epoll, int operation, int fd,
			struct file *file, const struct epoll_event *event)
{
	struct item *item = item_find(epoll, fd, file);

	if (operation == EPOLL_CTL_ADD)
		return item ? -EEXIST
			    : check_chain(epoll, file)
				      ?: item_add(epoll, fd, file, event);
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
	if (item_ask(item))
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
	mutex_lock(&epoll_mutex);
	result = item_control(file->data, operation, fd, watched, event);
	mutex_unlock(&epoll_mutex);
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
	mutex_lock(&epoll_mutex);
	list_for_each_entry_safe (item, next, &file->watchers, of_file)
		item_remove(item);
	mutex_unlock(&epoll_mutex);
}
HOOK(file_closed, epoll_file_closed);

/* ---- Waiting ------------------------------------------------------------------ */

/* Takes up to `max` events; epoll_mutex is held. What is level-triggered goes
 * back to the list's end, where a second look at the first item that came back
 * ends the round. */
static int epoll_collect(struct epoll *epoll, struct epoll_event *events,
			 int max)
{
	struct item *item, *first_back = NULL;
	int count = 0;

	while (count < max && (item = take_ready(epoll))) {
		uint32_t found;

		if (item == first_back) {
			keep_ready(item, false);
			break;
		}
		found = item_ask(item);
		if (!found)
			continue;
		events[count].events = found;
		events[count++].data = item->event.data;
		if (item->event.events & EPOLLONESHOT)
			item->spent = true;
		else if (!(item->event.events & EPOLLET)) {
			keep_ready(item, false);
			if (!first_back)
				first_back = item;
		}
	}
	return count;
}

static int epoll_look(struct epoll *epoll, struct epoll_event *events, int max)
{
	int count;

	if (list_empty(&epoll->ready))
		return 0;
	sched_set_state(TASK_RUNNABLE);
	mutex_lock(&epoll_mutex);
	count = epoll_collect(epoll, events, max);
	mutex_unlock(&epoll_mutex);
	if (count && !list_empty(&epoll->ready)) /* more for other tasks */
		wake_all(&epoll->changed);
	return count;
}

int epoll_wait(struct file *file, struct epoll_event *events, int max,
	       uint64_t deadline)
{
	struct epoll *epoll = file->data;
	struct waiter waiter = { 0 };
	int count, ended;

	count = epoll_look(epoll, events, max);
	if (count || !deadline)
		return count;
	wait_join(&epoll->changed, &waiter);
	/* woken in epoll_look(), the task does not sleep but looks again */
	ended = sleep_event((count = epoll_look(epoll, events, max)),
			    CLOCK_MONOTONIC, deadline);
	wait_leave(&epoll->changed, &waiter);
	return ended == -EINTR ? ended : count;
}

/* ---- The file ----------------------------------------------------------------- */

static unsigned epoll_poll(struct file *file, struct poll_table *table)
{
	struct epoll *epoll = file->data;
	bool found;

	poll_wait(table, &epoll->changed);
	if (list_empty(&epoll->ready))
		return 0;
	mutex_lock(&epoll_mutex);
	found = has_events(epoll);
	mutex_unlock(&epoll_mutex);
	return found ? POLLIN | POLLRDNORM : 0;
}

static void epoll_release(struct file *file)
{
	struct epoll *epoll = file->data;
	struct item *item, *next;

	mutex_lock(&epoll_mutex);
	list_for_each_entry_safe (item, next, &epoll->items, of_epoll)
		item_remove(item);
	mutex_unlock(&epoll_mutex);
	kfree(epoll);
}

static const struct file_ops epoll_ops = {
	.poll = epoll_poll,
	.release = epoll_release,
};

struct file *epoll_open(int *error)
{
	struct epoll *epoll = kzalloc(sizeof(*epoll));
	struct file *file;

	*error = -ENOMEM;
	if (!epoll)
		return NULL;
	list_init(&epoll->items);
	list_init(&epoll->ready);
	list_init(&epoll->outer);
	wait_queue_init(&epoll->changed);
	epoll->changed.lock = SPINLOCK_INIT(RANK_EPOLL_QUEUE);
	file = file_open_nameless("anon_inode:[eventpoll]", &epoll_ops, O_RDWR,
				  epoll, error);
	if (!file)
		kfree(epoll);
	return file;
}
