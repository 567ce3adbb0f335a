/*
 * Every way into the kernel: exceptions, interrupts, SYSCALL and INT 0x80.
 * entry.asm builds a struct trapframe on the task's kernel stack for each of
 * them; trap.c hands it to the handler of its vector. What a trap means to a
 * process (a signal, a system call) is said by the layers above, which hand
 * down `trap_hooks`.
 */
#ifndef KERNEL_CPU_TRAP_H
#define KERNEL_CPU_TRAP_H

#include "kernel/abi/syscall.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/types.h"

/* Exceptions (SDM 3A 6.15). */
#define VECTOR_DE  0
#define VECTOR_DB  1
#define VECTOR_NMI 2
#define VECTOR_BP  3
#define VECTOR_OF  4
#define VECTOR_BR  5
#define VECTOR_UD  6
#define VECTOR_NM  7
#define VECTOR_DF  8
#define VECTOR_TS  10
#define VECTOR_NP  11
#define VECTOR_SS  12
#define VECTOR_GP  13
#define VECTOR_PF  14
#define VECTOR_MF  16
#define VECTOR_AC  17
#define VECTOR_MC  18
#define VECTOR_XM  19

#define VECTOR_IRQ        0x20 /* interrupt line 0 of the I/O APIC, and so on */
#define VECTOR_IRQ_COUNT  24   /* lines that have a vector */
#define VECTOR_SYSCALL32  0x80
#define VECTOR_TIMER      0xf0
#define VECTOR_RESCHEDULE 0xf1
#define VECTOR_SHOOTDOWN  0xf2
#define VECTOR_APIC_ERROR 0xfe
#define VECTOR_SPURIOUS   0xff

/* Not a vector: what struct trapframe says of a SYSCALL. */
#define VECTOR_SYSCALL 0x100

/* Page-fault error code (SDM 3A 4.7). */
#define PF_PRESENT  (1u << 0)
#define PF_WRITE    (1u << 1)
#define PF_USER     (1u << 2)
#define PF_RESERVED (1u << 3)
#define PF_FETCH    (1u << 4)

/*
 * All registers at the moment of the trap, in the order in which entry.asm
 * pushes them, last pushed first.
 */
struct trapframe {
	uint64_t r15, r14, r13, r12, rbp, rbx;
	uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector; /* VECTOR_… */
	uint64_t code;   /* error code; for a system call its number */
	uint64_t rip, cs, rflags, rsp, ss;
};

static inline bool trap_from_user(const struct trapframe *tf)
{
	return (tf->cs & 3) == 3;
}

/* Did the trap come by SYSCALL or INT 0x80? */
static inline bool trap_is_syscall(const struct trapframe *tf)
{
	return tf->vector == VECTOR_SYSCALL || tf->vector == VECTOR_SYSCALL32;
}

typedef void trap_handler(struct trapframe *tf);

/*
 * Sends `vector` to `handler`, which runs with interrupts off. Interrupt
 * handlers acknowledge by apic_eoi().
 */
void trap_set_handler(unsigned vector, trap_handler *handler);

/* The same for a handler that calls the one before, which *old becomes. */
void trap_wrap_handler(unsigned vector, trap_handler *handler,
		       trap_handler **old);

/* Numbers below this one may have a handler. */
#define SYSCALL_COUNT (SYS_number_of_the_beast + 1)

typedef long syscall_handler(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
			     uint64_t a4, uint64_t a5);

/*
 * What the upper layers do with a trap.
 *
 * syscalls: the handlers of system calls by number, and after them one for all
 *	other numbers; interrupts are on; the result goes to rax.
 * syscall32: the call of INT 0x80 whose number stands in the frame's `code`;
 *	the same.
 * user_fault: ring 3 did something that ends in signal `signo` with `si_code`
 *	`code` at `address`; interrupts on.
 * return_work: runs before each return to ring 3 while task_work is set;
 *	interrupts on; clears the flags that it has dealt with.
 * describe_task: prints the current task in a few words ("notb, process 7").
 */
extern struct trap_hooks {
	syscall_handler *const *syscalls;
	syscall_handler *syscall32;
	void (*user_fault)(struct trapframe *tf, int signo, int code,
			   uaddr_t address);
	void (*return_work)(struct trapframe *tf);
	void (*describe_task)(void);
} trap_hooks;

/* Fills the IDT that all CPUs share and loads it on this one. */
void trap_init(void);
void trap_init_cpu(void);

/* Prints the registers and, for a kernel trap, the backtrace. */
void trap_report(const struct trapframe *tf);

/*
 * Some instructions of the kernel may fault, those that copy from and to ring
 * 3. trap_find_fixup() returns where the kernel goes on after a fault at `rip`,
 * or 0; trap_fixup() makes it do so, if there is such a place.
 */
uint64_t trap_find_fixup(uint64_t rip);
bool trap_fixup(struct trapframe *tf);

/* Raised in a build with ASSERT=1 at each entry from ring 3: the stack below
 * the caller's frame is not in use. */
HOOK_EVENT(kernel_entered, void);

#endif
