/*
 * The kernel's heap. A slab is one frame: a header, then objects of one size.
 * Slabs with room stand in the list of their size class; an empty one goes
 * back to the frames, unless it is the last with room.
 */
#include "kernel/mm/kmalloc.h"

#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/poison.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/vmap.h"

#define SMALLEST_SHIFT 4               /* 16 bytes */
#define CLASSES        KMALLOC_CLASSES /* … to 2048 */

struct object {
	struct object *next;
};

struct slab {
	struct list_node node; /* in its class while it has room */
	struct object *free;
	uint16_t used;
	uint16_t class;
};

static struct size_class {
	struct spinlock lock;
	struct list_node slabs; /* those with room */
	size_t slab_count, used;
} classes[CLASSES];

void kmalloc_init(void)
{
	for (unsigned i = 0; i < CLASSES; i++) {
		classes[i].lock = SPINLOCK_INIT(RANK_HEAP);
		list_init(&classes[i].slabs);
	}
}

static unsigned class_of(size_t size)
{
	if (size <= 1ul << SMALLEST_SHIFT)
		return 0;
	/* the bits that the size's last byte needs */
	return 64 - (unsigned)__builtin_clzl(size - 1) - SMALLEST_SHIFT;
}

static struct slab *slab_of(const void *pointer)
{
	return (struct slab *)((uint64_t)pointer & PAGE_MASK);
}

/* A slab with all objects free, aligned to their size. Not inlined: it is rare,
 * and its registers would be saved at each kmalloc(). */
static __noinline struct slab *slab_new(unsigned class)
{
	size_t size = 1ul << SMALLEST_SHIFT << class;
	paddr_t frame = frame_alloc();
	struct slab *slab;

	if (!frame)
		return NULL;
	slab = phys_to_virt(frame);
	slab->class = (uint16_t)class;
	slab->used = 0;
	slab->free = NULL;
	for (size_t at = PAGE_SIZE - size; at >= ALIGN_UP(sizeof(*slab), size);
	     at -= size) {
		struct object *object = (struct object *)((char *)slab + at);

		object->next = slab->free;
		slab->free = object;
	}
	return slab;
}

/* How many objects a slab has: the header takes the room of one or more. */
static size_t slab_objects(size_t size)
{
	return (PAGE_SIZE - ALIGN_UP(sizeof(struct slab), size)) / size;
}

struct kmalloc_usage kmalloc_usage(unsigned class)
{
	const struct size_class *c = &classes[class];
	size_t size = 1ul << SMALLEST_SHIFT << class;

	return (struct kmalloc_usage){ size, READ_ONCE(c->used),
				       READ_ONCE(c->slab_count),
				       slab_objects(size) };
}

static void *alloc_small(unsigned class)
{
	struct size_class *c = &classes[class];
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

static void free_small(void *pointer)
{
	struct slab *slab = slab_of(pointer);
	struct size_class *c = &classes[slab->class];
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

	if (size <= 1ul << SMALLEST_SHIFT << (CLASSES - 1))
		object = alloc_small(class_of(size));
	else if (size > PAGE_SIZE)
		object = vmap_alloc(size);
	else
		object = (frame = frame_alloc()) ? phys_to_virt(frame) : NULL;
	if (ASSERTIONS && poison_byte && object)
		memset(object, poison_byte, size);
	return object;
}

void *kzalloc(size_t size)
{
	void *pointer = kmalloc(size);

	if (pointer)
		memset(pointer, 0, size);
	return pointer;
}

/* A whole frame is what starts on a page: no object of a slab does. */
void kfree(void *pointer)
{
	if (!pointer)
		return;
	if (vmap_contains(pointer))
		vmap_free(pointer);
	else if (IS_ALIGNED((uint64_t)pointer, PAGE_SIZE))
		frame_put(virt_to_phys(pointer));
	else
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
