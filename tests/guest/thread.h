/*
 * Threads for tests without a C library: a function that runs on a stack of
 * its own in the same address space. It ends by returning; then the kernel
 * clears `tid` and wakes who waits there.
 */
#ifndef TESTS_GUEST_THREAD_H
#define TESTS_GUEST_THREAD_H

#include "kernel/abi/futex.h"
#include "user/lib/syscall.h"

struct thread {
	uint32_t tid;
	void (*function)(void *arg);
	void *arg;
	_Alignas(16) char stack[16384];
};

#define THREAD_FLAGS                                                        \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | \
	 CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

/* The thread's number, or -errno. */
static inline long thread_start(struct thread *thread,
				void (*function)(void *arg), void *arg)
{
	char *top = thread->stack + sizeof(thread->stack);
	register uint32_t *child_tid asm("r10") = &thread->tid;
	register void *body asm("r12") = (void *)function;
	register void *body_arg asm("r13") = arg;
	long result;

	/* the child finds its stack empty and its registers as they are */
	asm volatile("syscall\n"
		     "test %%rax, %%rax\n"
		     "jnz 1f\n"
		     "xor %%ebp, %%ebp\n"
		     "mov %%r13, %%rdi\n"
		     "call *%%r12\n"
		     "xor %%edi, %%edi\n"
		     "mov %[exit], %%eax\n"
		     "syscall\n"
		     "1:"
		     : "=a"(result)
		     : "a"(SYS_clone), "D"(THREAD_FLAGS), "S"(top),
		       "d"(&thread->tid), "r"(child_tid), "r"(body),
		       "r"(body_arg), [exit] "i"(SYS_exit)
		     : "rcx", "r11", "memory");
	return result;
}

static inline void thread_join(struct thread *thread)
{
	uint32_t tid;

	while ((tid = __atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE)))
		syscall(SYS_futex, &thread->tid, FUTEX_WAIT, tid, NULL);
}

#endif
