/*
 * The kernel's heap. A slab is one frame: a header, then objects of one size.
 * Slabs with room stand in the list of their size class; an empty one goes
 * back to the frames, unless it is the last with room.
 */
#include "kernel/mm/kmalloc.h"

#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/vmap.h"

#define SMALLEST ((size_t)KMALLOC_SMALLEST)
#define LARGEST  (SMALLEST << (KMALLOC_CLASSES - 1))

uint8_t kmalloc_fill;

struct object {
	struct object *next;
};

/* The head of a slab, a frame of objects of one size. */
struct slab {
	struct list_node node; /* in its class while it has room */
	struct object *free;
	uint16_t used;
	uint16_t class;
};

struct kmalloc_class kmalloc_classes[KMALLOC_CLASSES];

void kmalloc_init(void)
{
	for (unsigned i = 0; i < KMALLOC_CLASSES; i++) {
		struct kmalloc_class *c = &kmalloc_classes[i];
		size_t size = SMALLEST << i;

		c->lock = SPINLOCK_INIT(RANK_HEAP);
		list_init(&c->slabs);
		/* the head takes the room of one or more objects */
		c->each = (PAGE_SIZE - ALIGN_UP(sizeof(struct slab), size)) /
			  size;
	}
}

/* Returns the class of the smallest objects that have `size` bytes. */
static unsigned class_of(size_t size)
{
	if (size <= SMALLEST)
		return 0;
	/* the bits of the last byte's offset, less those of the smallest */
	return (unsigned)(__builtin_clzl(SMALLEST - 1) -
			  __builtin_clzl(size - 1));
}

/* Returns the slab of an object: it is the frame around it. */
static struct slab *slab_of(const void *pointer)
{
	return (struct slab *)((uint64_t)pointer & PAGE_MASK);
}

/* Returns a new slab, whose objects are all free and aligned to their size. Not
 * inlined: it is rare, and its registers would be saved at each kmalloc(). */
static __noinline struct slab *slab_new(unsigned class)
{
	size_t size = SMALLEST << class;
	paddr_t frame = frame_alloc();
	struct slab *slab;

	if (!frame)
		return NULL;
	slab = phys_to_virt(frame);
	slab->class = (uint16_t)class;
	slab->used = 0;
	slab->free = NULL;
	for (size_t i = 1; i <= kmalloc_classes[class].each; i++) {
		struct object *object =
			(void *)((char *)slab + PAGE_SIZE - i * size);

		object->next = slab->free;
		slab->free = object;
	}
	return slab;
}

/* Takes an object from the first slab of its class that has room. */
static void *alloc_small(unsigned class)
{
	struct kmalloc_class *c = &kmalloc_classes[class];
	struct object *object = NULL;
	struct slab *slab;

	if (alloc_must_fail())
		return NULL;
	spin_lock(&c->lock);
	if (list_empty(&c->slabs)) {
		slab = slab_new(class);
		if (!slab)
			goto out;
		list_add_head(&slab->node, &c->slabs);
		c->slab_count++;
	}
	c->used++;
	slab = list_first(&c->slabs, struct slab, node);
	object = slab->free;
	slab->free = object->next;
	slab->used++;
	if (!slab->free)
		list_remove(&slab->node);
out:
	spin_unlock(&c->lock);
	return object;
}

/* Gives an object back to its slab. A slab that is empty then goes back to the
 * frames, if another one of its class has room. */
static void free_small(void *pointer)
{
	struct slab *slab = slab_of(pointer);
	struct kmalloc_class *c = &kmalloc_classes[slab->class];
	struct object *object = pointer;
	bool spare;

	spin_lock(&c->lock);
	assert(slab->used > 0);
	if (!slab->free)
		list_add_head(&slab->node, &c->slabs);
	object->next = slab->free;
	slab->free = object;
	c->used--;
	spare = --slab->used == 0 && c->slabs.next != c->slabs.prev;
	if (spare) {
		list_remove(&slab->node);
		c->slab_count--;
	}
	spin_unlock(&c->lock);
	if (spare)
		frame_put(virt_to_phys(slab));
}

void *kmalloc(size_t size)
{
	paddr_t frame;
	void *object;

	if (size <= LARGEST)
		object = alloc_small(class_of(size));
	else if (size > PAGE_SIZE)
		object = vmap_alloc(size);
	else
		object = (frame = frame_alloc()) ? phys_to_virt(frame) : NULL;
	if (ASSERTIONS && kmalloc_fill && object)
		memset(object, kmalloc_fill, size);
	return object;
}

void *kzalloc(size_t size)
{
	void *pointer = kmalloc(size);

	if (pointer)
		memset(pointer, 0, size);
	return pointer;
}

/* What starts on a page is a whole frame: no object of a slab does. */
void kfree(void *pointer)
{
	if (!pointer)
		return;
	if (vmap_contains(pointer))
		vmap_free(pointer);
	else if (IS_ALIGNED((uint64_t)pointer, PAGE_SIZE))
		frame_put(virt_to_phys(pointer));
	else if (!ASSERTIONS ||
		 (pointer = quarantine_swap(pointer, slab_of(pointer)->class)))
		free_small(pointer);
}

char *kstrdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = kmalloc(size);

	if (copy)
		memcpy(copy, text, size);
	return copy;
}
