/*
 * What belongs to one CPU, found through GS in the kernel, and the machine's
 * part of a task. Entry code uses both, by the offsets in asm-offsets.c.
 */
#ifndef KERNEL_CPU_PERCPU_H
#define KERNEL_CPU_PERCPU_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cpu/descriptors.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/list.h"

#define MAX_CPUS 8

/* Why a task must not return to ring 3 just yet (struct context, work). */
enum task_work {
	WORK_RESCHEDULE =
		1 << 0, /* its time slice is over, or another task preempts */
	WORK_SIGNAL = 1 << 1, /* a signal may be waiting */
};

/*
 * The machine's part of a task: the first member of struct task. Written by
 * the CPU that runs the task; `work` by anybody, atomically.
 */
struct context {
	uint64_t rsp;       /* kernel stack pointer while switched out */
	uint64_t stack_top; /* a trap frame from ring 3 lies right below */
	void *fpu;          /* XSAVE or FXSAVE area, above the stack top */
	uint64_t fs_base;   /* ring 3's, while switched out: thread pointer */
	uint64_t gs_base;   /* ring 3's, while switched out */
	union selectors {
		struct {
			uint16_t ds, es, fs, gs;
		};
		uint64_t all;
	} selectors;       /* ring 3's, while switched out */
	uint64_t syscalls; /* system calls so far */
	uint32_t work;     /* enum task_work */
	uint32_t fail_nth; /* kernel/optional/debug/fail.c */
};

/* What a CPU's time is spent on. */
enum time_kind { TIME_USER, TIME_KERNEL, TIME_IDLE, TIME_KINDS };

struct cpu {
	struct cpu *self;
	struct context *current; /* of the task that runs here */
	uint64_t user_rsp;       /* for the first two lines of SYSCALL */
	struct space *space;     /* address space that CR3 holds, or NULL */
	uint64_t tlb_seen;       /* its generation when CR3 was loaded last */
	struct task *idle;
	unsigned id;                /* index into cpus[] */
	uint32_t bit;               /* 1 << id, in sets of CPUs */
	unsigned apic_id;           /* its local APIC */
	uint64_t ticks;             /* taken here */
	uint64_t tick_at, alarm_at; /* next tick, interrupt: tick.c */
	uint64_t nmis;              /* non-maskable ones */
	uint64_t charged_at;        /* TSC when its time was last charged */
	uint64_t time[TIME_KINDS];  /* ns spent so, without the last bit */

	/* Under sched_lock. */
	struct list_node woken, queue; /* tasks that wait for it: sched.c */

	struct descriptors descriptors;
};

extern struct cpu *cpus[MAX_CPUS]; /* NULL where there is none */
extern unsigned cpu_count;

/* A field of this CPU's struct cpu, read or written by one instruction. */
#define THIS_CPU ((struct cpu __seg_gs *)0)

static inline struct cpu *this_cpu(void)
{
	return THIS_CPU->self;
}

/* The frame of the current task's last entry from ring 3. */
static inline struct trapframe *user_trapframe(void)
{
	return (struct trapframe *)THIS_CPU->current->stack_top - 1;
}

/* Asks a task to pass by return_work; `flag` is an enum task_work. */
static inline void context_set_work(struct context *context, uint32_t flag)
{
	__atomic_or_fetch(&context->work, flag, __ATOMIC_SEQ_CST);
}

static inline void context_clear_work(struct context *context, uint32_t flag)
{
	__atomic_and_fetch(&context->work, ~flag, __ATOMIC_SEQ_CST);
}

/* Makes `cpu` this CPU's: GS, descriptors, control registers, MSRs. */
void cpu_init(struct cpu *cpu);

/* Gives interrupt stack number `ist` the page `stack`. */
void cpu_set_interrupt_stack(struct cpu *cpu, enum ist ist, void *stack);

/* Goes on in `to`; returns when somebody switches back to `from`. */
void context_switch(struct context *from, struct context *to);

/*
 * Lays out a new context so that the first switch to it calls
 * `start(argument)`, which never returns, with interrupts off.
 * `stack` is KERNEL_STACK_SIZE bytes.
 */
void context_init(struct context *context, void *stack,
		  void (*start)(void *argument), void *argument);

/* The same for a thread that runs already: boot, and its stack. */
void context_adopt(struct context *context, void *stack);

/* Its halves, but for the stacks: FPU, FS, GS, and the stack for entries. */
void context_leave(struct context *from);
void context_enter(struct context *to);

/* To ring 3 with the registers of user_trapframe(). (entry.asm) */
_Noreturn void trap_return_to_user(void);

#endif
