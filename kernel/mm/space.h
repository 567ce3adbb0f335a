/*
 * Address spaces: what ring 3 sees. A space is a sorted array of areas. An area
 * is a range of addresses that is mapped in the same way (Linux calls it a VMA):
 * it says whose pages these are and how they are protected, and its fault
 * function delivers them one by one. Tasks share a space by reference.
 *
 * Locking: `lock` (RANK_SPACE) guards areas and page tables. It is taken with
 * interrupts on and never from an interrupt. Fault functions run under it and
 * must not sleep, nor touch user memory.
 */
#ifndef KERNEL_MM_SPACE_H
#define KERNEL_MM_SPACE_H

#include "kernel/abi/mman.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"
#include "kernel/mm/layout.h"

struct area;
struct space;

/* What a fault wants: one of these bits of the area's protection. On x86 a page
 * that may be written or executed can be read, too. */
enum access {
	ACCESS_READ = PROT_READ | PROT_WRITE | PROT_EXEC,
	ACCESS_WRITE = PROT_WRITE,
	ACCESS_EXEC = PROT_EXEC,
};

struct area_ops {
	/*
	 * Finds the frame for the page at `address`, with a reference for the
	 * page table. *owned says that a private area may write to it (a fresh
	 * page); else it is mapped read-only and copied at the first write.
	 * Returns 0, -ENOMEM (the task dies), or -ENXIO (SIGBUS: the page lies
	 * past the end of the file).
	 */
	int (*fault)(struct area *area, uaddr_t address, paddr_t *frame,
		     bool *owned);

	/*
	 * Calls area_add_page() for the pages of [start, end) that are in
	 * memory and whose entry is empty; `entry` is that of `start`, all are
	 * in one table. Called beside a fault. NULL if there are no such
	 * pages.
	 */
	void (*map_present)(struct area *area, uaddr_t start, uaddr_t end,
			    uint64_t *entry);

	/* Called when fork or a split has made one more area that refers to
	 * area->object. */
	void (*open)(struct area *area);

	/* Called when an area is gone: drops its reference to area->object. */
	void (*close)(struct area *area);

	/* What /proc/PID/maps shows in its last column: what the function builds
	 * in `buffer`, or without one the label, or nothing. */
	const char *(*name)(struct area *area, char *buffer, size_t size);
	const char *label;

	/* Device and inode for /proc/PID/maps; both are 0 without it. */
	void (*identity)(struct area *area, uint64_t *device, uint64_t *inode);
};

enum area_flags {
	AREA_SHARED = 1 << 0,        /* writes go to the object, fork shares */
	AREA_GROWS_DOWN = 1 << 1,    /* a stack: faults just below extend it */
	AREA_WIPED_BY_FORK = 1 << 3, /* the child finds zeros */
	AREA_SPECIAL = 1 << 2,       /* [vvar], [vdso]: no merge; no part of it
				      is moved or split by mprotect */
};

/* Written under the space's lock. */
struct area {
	uaddr_t start, end; /* page-aligned; end is the first byte beyond */
	unsigned prot;      /* PROT_READ | PROT_WRITE | PROT_EXEC */
	unsigned max_prot;  /* what mprotect may ever grant */
	unsigned flags;     /* enum area_flags */
	const struct area_ops *ops;
	void *object;    /* the ops' own: a file, an image; or NULL */
	uint64_t offset; /* in the object, of `start`; bytes */
	struct space *space;
	struct area *next_dead; /* of those that are removed: struct gather */
};

struct space {
	struct spinlock lock;
	unsigned refs;       /* tasks, and readers of /proc; atomic */
	paddr_t root;        /* top-level page table */
	struct area **areas; /* sorted by start */
	size_t area_count;
	struct area **area_room; /* free slots from here up to `areas` */
	size_t last_area;      /* index of the one that faulted last: a hint */
	size_t pages_resident; /* frames mapped in ring 3's half */

	uint32_t cpu_mask;       /* CPUs whose TLB may hold it; atomic */
	uint64_t tlb_generation; /* requests to forget pages: tlb.c; atomic */
	struct list_node node;   /* for the part memory: list of all spaces */

	/*
	 * From here on fork copies everything. No gap above gap_top is larger
	 * than gap_passed: space_find_free() begins there. Exec sets the rest,
	 * under the lock.
	 */
	uaddr_t gap_top;
	size_t gap_passed;
	uaddr_t brk_start, brk; /* the heap: memory/brk.c */
	uaddr_t mmap_top;       /* mappings are placed below, downwards */
	uaddr_t stack_top;
	uaddr_t arg_start, arg_end, env_start, env_end; /* for /proc */
	uaddr_t auxv_start, auxv_end;                   /* … */
	uaddr_t vdso;         /* the image's address, 0: none */
	uint64_t stack_limit; /* RLIMIT_STACK at exec, bytes */
};

/* Returns an empty space with one reference, or NULL when out of memory. */
struct space *space_new(void);

void space_get(struct space *space);

/* Drops a reference. The last one unmaps and frees all, and lets other tasks run
 * meanwhile: no lock is held. */
void space_put(struct space *space);

/* Called between the tables of a space that ends: the scheduler's sched_point().
 */
extern void (*space_rest)(void);

/* Returns a copy for fork, with private pages shared until one side writes, or
 * NULL when out of memory. */
struct space *space_fork(struct space *parent);

/* Raised by space_new(), and by space_put() when the last reference is gone. No
 * lock is held. */
HOOK_EVENT(space_made, struct space *space);
HOOK_EVENT(space_ends, struct space *space);

/* Loads the space on this CPU; with NULL only the kernel's half is left.
 * Interrupts off. */
void space_activate(struct space *space);

/* Loads the space once more, which empties this CPU's TLB. */
void space_reload(struct space *space);

/*
 * Maps a new area like `like`: its start is the address that is wished, its end
 * less its start the size, and the protections, flags, ops, object and offset
 * are the new area's. `map_flags` are mmap(2)'s; MAP_FIXED replaces what is
 * there. Takes over one reference to the object (ops->close drops it, also on
 * failure). Returns the address, or what mmap(2) returns: -ENOMEM, for a range
 * outside ring 3's half too; -EPERM below USER_MIN; -EEXIST; or -EINVAL for one
 * that would cut a special area.
 */
long space_map(struct space *space, const struct area *like,
	       unsigned map_flags);

/* The same with MAP_FIXED. Returns 0 or -errno. */
int space_map_fixed(struct space *space, const struct area *like);

/*
 * Returns the start of a free range of `size` bytes: `hint` if it is not 0 and
 * free there, else the highest one below mmap_top; 0 if there is none. The lock
 * is held.
 */
uaddr_t space_find_free(struct space *space, uaddr_t hint, size_t size);

/*
 * munmap(2), mprotect(2): Linux's results.
 */
int space_unmap(struct space *space, uaddr_t start, size_t size);
int space_protect(struct space *space, uaddr_t start, size_t size,
		  unsigned prot);

/* Returns the area that holds `address`, or the next one above, or NULL. The lock
 * is held. */
struct area *space_area(struct space *space, uaddr_t address);

/*
 * Makes the page at `address` present for `access`, as a fault would. Returns 0,
 * -EFAULT (no area), -EACCES (its protection forbids it), -ENXIO or -ENOMEM.
 * Takes the lock.
 */
int space_fault(struct space *space, uaddr_t address, enum access access);

/*
 * Copies between `buffer` and any space, present or not: to it with `write`. For
 * execve's new stack and /proc/PID/mem. What counts is the protection that
 * mprotect could give, not the present one (a debugger sets a breakpoint in
 * read-only text); a private page is copied first. Returns the number of bytes
 * copied, or -EFAULT for none, and takes the lock page by page.
 */
long space_copy(struct space *space, uaddr_t address, void *buffer, size_t size,
		bool write);

/* Anonymous memory: pages of zeros. `object` is unused. */
int anonymous_fault(struct area *area, uaddr_t address, paddr_t *frame,
		    bool *owned);
extern const struct area_ops anonymous_ops;
/* The same, with the label "[stack]". */
extern const struct area_ops stack_ops;

#endif
