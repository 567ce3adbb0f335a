/*
 * The pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986). The children of
 * a timer do not expire before it; there is no other order.
 */
#include "kernel/time/timer_queue.h"

#include <stddef.h>

/* Makes the pointer at `place` lead to `timer`. */
static void put(struct timer **place, struct timer *timer)
{
	*place = timer;
	timer->previous = place;
}

/* Makes one heap of two: the root that expires later becomes a child of the
 * other one. */
static struct timer *merge(struct timer *a, struct timer *b)
{
	if (b->deadline < a->deadline) {
		struct timer *earlier = b;

		b = a;
		a = earlier;
	}
	b->next = a->child;
	if (b->next)
		b->next->previous = &b->next;
	put(&a->child, b);
	a->next = NULL;
	return a;
}

/*
 * Makes one heap of a list of heaps: first it merges pairs from left to right,
 * then it merges all pairs from right to left. Until then the pairs are on a
 * list of their own, the last one first.
 */
static struct timer *merge_list(struct timer *list)
{
	struct timer *pairs = NULL, *heap = NULL;

	while (list) {
		struct timer *a = list, *b = a->next;

		list = b ? b->next : NULL;
		if (b)
			a = merge(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct timer *pair = pairs;

		pairs = pair->next;
		pair->next = NULL;
		heap = heap ? merge(heap, pair) : pair;
	}
	return heap;
}

void timer_queue_add(struct timer_queue *queue, struct timer *timer)
{
	timer->child = timer->next = NULL;
	timer->queued = true;
	put(&queue->first, queue->first ? merge(queue->first, timer) : timer);
}

void timer_queue_remove(struct timer_queue *queue, struct timer *timer)
{
	struct timer *children = merge_list(timer->child);

	*timer->previous = timer->next;
	if (timer->next)
		timer->next->previous = timer->previous;
	timer->child = timer->next = NULL;
	timer->queued = false;

	if (!children)
		return;
	put(&queue->first,
	    queue->first ? merge(queue->first, children) : children);
}
