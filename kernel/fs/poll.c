/* Waiting for several files at once: see poll.h. */
#include "kernel/fs/poll.h"

#include "kernel/abi/poll.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/time/timer.h"

#define TABLES_ON_STACK 4

/* Runs when a queue is woken that a table with a function of its own joined. */
static void poll_on_wake(struct waiter *waiter)
{
	struct poll_table *table =
		container_of(waiter, struct poll_place, waiter)->table;

	table->wake(table);
}

void poll_wait(struct poll_table *table, struct wait_queue *queue)
{
	struct poll_place *place;

	if (!table)
		return;
	assert(table->count < POLL_QUEUES);
	place = &table->places[table->count++];
	place->table = table;
	place->queue = queue;
	place->waiter.call = table->wake ? poll_on_wake : NULL;
	wait_join(queue, &place->waiter);
}

void poll_leave(struct poll_table *table)
{
	for (unsigned i = 0; i < table->count; i++)
		wait_leave(table->places[i].queue, &table->places[i].waiter);
}

/* Asks every file, which joins its queues if there are tables. A file without
 * the operation is always ready. */
static int poll_ask_all(struct poll_item *items, unsigned count,
			struct poll_table *tables)
{
	int ready = 0;

	for (unsigned i = 0; i < count; i++) {
		struct poll_item *item = &items[i];
		unsigned events = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

		if (!item->file)
			continue;
		if (item->file->ops->poll)
			events = item->file->ops->poll(item->file,
						       tables ? &tables[i]
							      : NULL);
		item->found = events & (item->wanted | POLLERR | POLLHUP);
		if (item->found)
			ready++;
	}
	return ready;
}

int poll_files(struct poll_item *items, unsigned count, uint64_t deadline)
{
	struct poll_table few[TABLES_ON_STACK] __uninitialized;
	struct poll_table *tables = few, *join;
	int result, ended;

	if (!deadline)
		return poll_ask_all(items, count, NULL);
	if (count > TABLES_ON_STACK)
		tables = kmalloc(count * sizeof(*tables));
	if (!tables)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++)
		poll_begin(&tables[i], NULL);
	join = tables; /* in the first round */
	ended = sleep_event((result = poll_ask_all(items, count, join),
			     join = NULL, result),
			    CLOCK_MONOTONIC, deadline);
	for (unsigned i = 0; i < count; i++)
		poll_leave(&tables[i]);
	if (tables != few)
		kfree(tables);
	return ended == -EINTR ? ended : result;
}
