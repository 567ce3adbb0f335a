/*
 * getrandom(): random bytes without a system call, as in Linux since 6.11. It
 * is the one function here that has a state: a key, per thread, that the kernel
 * gave, and bytes made of it beforehand. The caller maps the memory for it, as
 * the function says (struct vgetrandom_opaque_params). The kernel wipes that memory in
 * the child of a fork, and may take it away at any time, which reads as zeros
 * afterwards. docs/story-3-random.md tells why it is right all the same.
 *
 * What was given out cannot be found again: each byte is wiped when it is
 * copied, and the key is replaced by its own output (vdso/chacha.S).
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/random.h"
#include "kernel/abi/syscall.h"
#include "kernel/abi/vgetrandom.h"
#include "vdso/vdso.h"
#include "vdso/vvar.h"

#define PAGE_SIZE 4096
#define BATCH     96
#define FLAGS     (GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)

/* Programs ask for its size; the rest of it is private. */
struct vgetrandom_state {
	uint8_t batch[BATCH];         /* for the next calls, from `used` on */
	uint32_t key[8];              /* of the two blocks that replace both */
	volatile uint64_t generation; /* of the key: the page's; 0: wiped */
	uint8_t used;                 /* bytes of the batch */
	volatile uint8_t busy;        /* a call is under way */
};

/* Writes the first two blocks of the key's stream; leaves nothing in registers or
 * on the stack. */
void vdso_chacha(void *to, const uint32_t *key)
	__attribute__((visibility("hidden")));

/* Keeps the compiler from moving what is done to a state across. */
#define barrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)

static inline uint64_t generation_now(void)
{
	return __atomic_load_n(&vvar_u.random_generation, __ATOMIC_ACQUIRE);
}

static cold long ask_kernel(void *to, size_t size, unsigned flags)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_getrandom), "D"(to), "S"(size), "d"(flags)
			 : "rcx", "r11", "memory");
	return result;
}

/* Moves `size` bytes, with zeros in their place. */
static inline void move_out(uint8_t *to, uint8_t *from, size_t size)
{
	for (; size >= 8; size -= 8, to += 8, from += 8) {
		__builtin_memcpy(to, from, 8);
		__builtin_memset(from, 0, 8);
		barrier(); /* or it would become a call of memset() */
	}
	for (; size--; to++, from++) {
		*to = *from;
		*from = 0;
		barrier();
	}
}

/* Takes the bytes from the batch, and from new ones; with each of those the key
 * is replaced. (`used` may become 0 at any time, see below.) */
static inline void fill(struct vgetrandom_state *s, uint8_t *to, size_t size)
{
	for (size_t part; size; size -= part, to += part) {
		if (unlikely(s->used >= BATCH)) {
			vdso_chacha(s, s->key);
			s->used = 0;
		}
		part = BATCH - s->used;
		part = size < part ? size : part;
		move_out(to, s->batch + s->used, part);
		s->used += part;
	}
}

/* Gets a key that belongs to the page's generation. The generation is written
 * first: if the state is wiped in between it is 0, and not that of a new key. */
static cold bool new_key(struct vgetrandom_state *state, uint64_t generation)
{
	state->generation = generation;
	state->used = BATCH;
	return ask_kernel(state->key, sizeof(state->key), 0) > 0;
}

/* Says how memory for states is mapped, and how large one is. */
static cold long tell_params(struct vgetrandom_opaque_params *params)
{
	*params = (struct vgetrandom_opaque_params){
		.size_of_opaque_state = sizeof(struct vgetrandom_state),
		.mmap_prot = PROT_READ | PROT_WRITE,
		.mmap_flags = MAP_DROPPABLE | MAP_ANONYMOUS,
	};
	return 0;
}

/*
 * Returns `size`, or what the system call returns. A call that finds the state
 * busy is a signal handler's in the middle of another: it must not touch it.
 */
notrace long __vdso_getrandom(void *to, size_t size, unsigned flags,
			      struct vgetrandom_state *state, size_t state_size)
{
	uint64_t generation;

	if (unlikely(state_size == ~0ul && !to && !size && !flags))
		return tell_params((void *)state);
	/* it would be wiped or dropped by halves */
	if (unlikely((uintptr_t)state % PAGE_SIZE + sizeof(*state) > PAGE_SIZE))
		return -EFAULT;
	if (unlikely(state_size != sizeof(*state) || flags & ~FLAGS ||
		     !generation_now() || state->busy))
		return ask_kernel(to, size, flags);

	state->busy = true;
	do {
		barrier();
		generation = generation_now();
		if (unlikely(state->generation != generation) &&
		    !new_key(state, generation)) {
			state->generation = 0;
			state->busy = false;
			return ask_kernel(to, size, flags);
		}
		fill(state, to, size);
		barrier();
		/* wiped or dropped meanwhile, or the kernel has a new seed: what
		 * was written may be of a known key, and is written anew */
	} while (unlikely(state->generation != generation) ||
		 unlikely(generation_now() != generation));
	state->busy = false;
	return size;
}

__typeof__(__vdso_getrandom) getrandom
	__attribute__((weak, alias("__vdso_getrandom")));
