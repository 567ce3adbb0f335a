/* Waiting for several files at once: see poll.h. */
#include "kernel/fs/poll.h"

#include "kernel/abi/poll.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/time/sleep.h"

#define WAITERS_INLINE 8

/* Places in wait queues. The first ones are on the stack, more are allocated. */
struct poll_waiters {
	struct poll_waiters *next;
	unsigned used;
	struct poll_waiter {
		struct wait_queue *queue;
		struct waiter waiter;
	} waiters[WAITERS_INLINE];
};

struct poll_sleep {
	struct poll_table table; /* first */
	struct poll_waiters first, *last;
	bool joined; /* the queues are joined, or need not be */
	bool failed; /* memory for a place was missing */
};

void poll_wait(struct poll_table *table, struct wait_queue *queue)
{
	if (table)
		table->join(table, queue);
}

static void poll_join(struct poll_table *table, struct wait_queue *queue)
{
	struct poll_sleep *sleep = (struct poll_sleep *)table;
	struct poll_waiters *last = sleep->last;
	struct poll_waiter *place;

	if (last->used == WAITERS_INLINE) {
		last->next = kzalloc(sizeof(*last));
		if (!last->next) {
			sleep->failed = true;
			return;
		}
		last = sleep->last = last->next;
	}
	place = &last->waiters[last->used++];
	place->queue = queue;
	wait_join(queue, &place->waiter);
}

static void poll_leave(struct poll_sleep *sleep)
{
	struct poll_waiters *chunk = &sleep->first, *next;

	for (; chunk; chunk = next) {
		next = chunk->next;
		for (unsigned i = 0; i < chunk->used; i++)
			wait_leave(chunk->waiters[i].queue,
				   &chunk->waiters[i].waiter);
		if (chunk != &sleep->first)
			kfree(chunk);
	}
}

/* Asks every file. The first round joins the queues, but only until a file is
 * found that has something: then there will be no sleep. */
static int ask_all(struct poll_item *items, unsigned count,
		   struct poll_sleep *sleep)
{
	int ready = 0;

	for (unsigned i = 0; i < count; i++) {
		struct poll_item *item = &items[i];
		unsigned events = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

		if (!item->file)
			continue;
		if (item->file->ops->poll)
			events = item->file->ops->poll(item->file,
						       ready || sleep->joined
							       ? NULL
							       : &sleep->table);
		item->found = events & (item->wanted | POLLERR | POLLHUP);
		if (item->found)
			ready++;
	}
	sleep->joined = true;
	return ready || !sleep->failed ? ready : -ENOMEM;
}

int poll_files(struct poll_item *items, unsigned count, uint64_t deadline)
{
	struct poll_sleep sleep = {
		.table = { poll_join },
		.last = &sleep.first,
		.joined = !deadline,
	};
	int result, ended;

	if (!deadline)
		return ask_all(items, count, &sleep);
	ended = sleep_event((result = ask_all(items, count, &sleep)),
			    CLOCK_MONOTONIC, deadline);
	poll_leave(&sleep);
	return ended == -EINTR ? ended : result;
}
