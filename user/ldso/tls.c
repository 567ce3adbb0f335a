/*
 * Thread-local storage of the first thread, for all objects that are there
 * from the start (System V ABI for x86-64, "Thread-Local Storage", variant
 * II): the blocks lie below the thread pointer, which points to itself.
 */
#include "kernel/abi/prctl.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/ldso/ldso.h"

/* What compiled code expects at %fs. */
struct thread {
	struct thread *self;
	uint64_t reserved[4];
	uint64_t canary; /* of the stack protector: %fs:0x28 */
};

static uint64_t offsets[MAX_OBJECTS + 1]; /* by module, which counts from 1 */
static struct thread *thread;

void tls_allocate(const uint64_t *random)
{
	uint64_t used = 0, modules = 0;

	for (struct object *o = link_map; o; o = o->next) {
		const Elf64_Phdr *p = object_header(o, PT_TLS);

		if (!p)
			continue;
		uint64_t align = p->p_align ? p->p_align : 1;

		if (p->p_filesz > p->p_memsz || p->p_memsz > UINT32_MAX ||
		    align > PAGE_SIZE || align & (align - 1))
			die(o, "damaged: its thread-local storage");
		/* the block's beginning is aligned as p_vaddr is */
		used += p->p_memsz + align - 1;
		used -= (used + p->p_vaddr) & (align - 1);
		o->tls_module = ++modules;
		o->tls_offset = offsets[modules] = used;
	}
	used = PAGE_UP(used);

	char *start = call_mmap(NULL, used + sizeof(*thread),
				PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (is_error(start))
		die(NULL, "no memory for thread-local storage");
	thread = (struct thread *)(start + used);
	thread->self = thread;
	/* Less a byte, so that no string function copies it. */
	thread->canary = *random & ~0xffull;
	syscall(SYS_arch_prctl, ARCH_SET_FS, thread);
}

void tls_fill(void)
{
	for (struct object *o = link_map; o; o = o->next) {
		const Elf64_Phdr *p = object_header(o, PT_TLS);

		if (p)
			memcpy((char *)thread - o->tls_offset,
			       object_at(o, p->p_vaddr, p->p_filesz, PF_R),
			       p->p_filesz);
	}
}

/*
 * The address of a variable, for code that cannot know it: of which module,
 * and where there.
 */
void *__tls_get_addr(const uint64_t index[2]);

void *__tls_get_addr(const uint64_t index[2])
{
	char *self;

	asm("movq %%fs:0, %0" : "=r"(self));
	return self - offsets[index[0]] + index[1];
}
