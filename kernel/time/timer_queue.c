/*
 * The sorted list of timers. A new one is sought a place for from the end,
 * because most tasks sleep about equally long.
 */
#include "kernel/time/timer_queue.h"

void timer_queue_add(struct timer_queue *queue, struct timer *timer)
{
	struct timer *before = queue->last, *after;

	while (before && before->deadline > timer->deadline)
		before = before->previous;
	after = before ? before->next : queue->first;
	timer->previous = before;
	timer->next = after;
	timer->queued = true;
	*(before ? &before->next : &queue->first) = timer;
	*(after ? &after->previous : &queue->last) = timer;
}

void timer_queue_remove(struct timer_queue *queue, struct timer *timer)
{
	struct timer *before = timer->previous, *after = timer->next;

	*(before ? &before->next : &queue->first) = after;
	*(after ? &after->previous : &queue->last) = before;
	timer->queued = false;
}
