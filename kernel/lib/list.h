/*
 * Doubly linked circular lists, the node inside the element.  A head is a
 * node that belongs to no element; an empty list is a head that points at
 * itself.  The order of the arguments is Linux's: (node, head).  Locking is
 * the caller's.
 */
#ifndef KERNEL_LIB_LIST_H
#define KERNEL_LIB_LIST_H

#include "kernel/lib/types.h"

struct list_node {
	struct list_node *next;
	struct list_node *prev;
};

#define LIST_INIT(name) { &(name), &(name) }

/* Makes `node` an empty list, or a node that is on none. */
static inline void list_init(struct list_node *node)
{
	node->next = node;
	node->prev = node;
}

static inline bool list_empty(const struct list_node *head)
{
	return head->next == head;
}

/* Puts `node`, which is on no list, between two neighbours. */
static inline void list_insert(struct list_node *node, struct list_node *prev,
			       struct list_node *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

static inline void list_add_head(struct list_node *node, struct list_node *head)
{
	list_insert(node, head, head->next);
}

/* `head` may be any node of the list: then `node` goes before that one. */
static inline void list_add_tail(struct list_node *node, struct list_node *head)
{
	list_insert(node, head->prev, head);
}

/* Takes `node` off its list, if it is on one; it may be added again. */
static inline void list_remove(struct list_node *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

#define list_entry(node, type, member) container_of(node, type, member)

/* The first or last element, or NULL for an empty list. */
#define list_first(head, type, member) \
	(list_empty(head) ? NULL : list_entry((head)->next, type, member))
#define list_last(head, type, member) \
	(list_empty(head) ? NULL : list_entry((head)->prev, type, member))

#define list_for_each_entry(pos, head, member)                         \
	for (pos = list_entry((head)->next, __typeof__(*pos), member); \
	     &pos->member != (head);                                   \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))

/* As above, and the body may remove or free `pos`; `tmp` is scratch. */
#define list_for_each_entry_safe(pos, tmp, head, member)                  \
	for (pos = list_entry((head)->next, __typeof__(*pos), member),    \
	    tmp = list_entry(pos->member.next, __typeof__(*pos), member); \
	     &pos->member != (head); pos = tmp,                           \
	    tmp = list_entry(tmp->member.next, __typeof__(*tmp), member))

#endif
