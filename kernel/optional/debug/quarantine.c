/*
 * Freed memory in a build with ASSERT=1: it is filled with a pattern. An object
 * of the heap is kept back for a while, and must hold the pattern still when it
 * is let go. What reads it gets an address that the processor refuses.
 */
#include "kernel/cpu/kprintf.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/layout.h"

#define DEPTH   64                   /* objects of a size class kept back */
#define PATTERN 0x6b6b6b6b6b6b6b6bul /* not canonical: its use is a #GP */

/* The objects of a class, the oldest at `next`. Under the class's lock. */
static struct {
	void *objects[DEPTH];
	unsigned next;
} quarantine[KMALLOC_CLASSES];

static void fill(uint64_t *words, size_t size)
{
	for (size_t i = 0; i < size / sizeof(*words); i++)
		words[i] = PATTERN;
}

static void check(const uint64_t *words, size_t size)
{
	for (size_t i = 0; i < size / sizeof(*words); i++)
		if (words[i] != PATTERN)
			panic("written after it was freed: an object of %lu bytes "
			      "at %p: %lx at offset %lu",
			      size, words, words[i], i * sizeof(*words));
}

void *quarantine_swap(void *object, unsigned class)
{
	struct kmalloc_class *c = &kmalloc_classes[class];
	size_t size = (size_t)KMALLOC_SMALLEST << class;
	unsigned next;
	void *oldest;

	spin_lock(&c->lock);
	for (unsigned i = 0; i < DEPTH; i++)
		if (quarantine[class].objects[i] == object)
			panic("freed twice: an object of %lu bytes at %p", size,
			      object);
	fill(object, size);
	next = quarantine[class].next;
	oldest = quarantine[class].objects[next];
	quarantine[class].objects[next] = object;
	quarantine[class].next = (next + 1) % DEPTH;
	/* what is kept back counts as free */
	c->used -= !oldest;
	spin_unlock(&c->lock);
	if (oldest)
		check(oldest, size);
	return oldest;
}

void quarantine_frames(const struct frame_list *list)
{
	uint32_t n = list->first;

	while (n) {
		paddr_t frame = (paddr_t)n << PAGE_SHIFT;

		fill(phys_to_virt(frame), PAGE_SIZE);
		n = n == list->last ? 0 : frame_of(frame)->next;
	}
}
