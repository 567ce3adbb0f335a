/*
 * The data of one CPU, which the kernel finds through GS, and the machine's part
 * of a task. entry.asm uses both by the offsets in asm-offsets.c.
 */
#ifndef KERNEL_CPU_PERCPU_H
#define KERNEL_CPU_PERCPU_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cpu/descriptors.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/list.h"

#define MAX_CPUS 8

/* What a task has to do before it returns to ring 3 (struct context, work). */
enum task_work {
	WORK_RESCHEDULE =
		1 << 0, /* its time slice is over, or another task preempts */
	WORK_SIGNAL = 1 << 1, /* a signal may be waiting */
};

/*
 * The machine's part of a task: the first member of struct task. It is written
 * by the CPU that runs the task; `work` is written by any CPU, atomically.
 */
struct context {
	/* Valid while the task is switched out. */
	uint64_t rsp;     /* kernel stack pointer */
	uint64_t fs_base; /* base of FS in ring 3: the thread pointer */
	uint64_t gs_base; /* base of GS in ring 3 */
	union selectors {
		struct {
			uint16_t ds, es, fs, gs;
		};
		uint64_t all;
	} selectors; /* segment selectors in ring 3 */

	/* Always valid. */
	uint64_t stack_top; /* end of the kernel stack: a trap frame from ring
			     * 3 lies right below */
	void *fpu;          /* XSAVE or FXSAVE area, above the stack's end */
	uint64_t syscalls;  /* number of system calls so far */
	uint32_t work;      /* bits of enum task_work */
	uint32_t fail_nth;  /* of the part debug: fail.c */
};

/* What a CPU's time is spent on. */
enum time_kind { TIME_USER, TIME_KERNEL, TIME_IDLE, TIME_KINDS };

struct cpu {
	/* Written by this CPU. */
	struct cpu *self;        /* this structure's address */
	struct context *current; /* the task that runs here */
	uint64_t user_rsp;   /* ring 3's RSP in the first lines of SYSCALL */
	struct space *space; /* address space in CR3; NULL: the kernel's */
	uint64_t tlb_seen;   /* its generation when CR3 was loaded last */
	uint64_t ticks;      /* number of ticks taken here */
	uint64_t tick_at;    /* next tick, CLOCK_MONOTONIC ns */
	uint64_t alarm_at;   /* next timer interrupt, the same */
	uint64_t nmis;       /* number of NMIs taken here */
	uint64_t charged_at; /* TSC when its time was last charged */
	uint64_t time[TIME_KINDS]; /* ns that tasks have been charged for */

	/* Constant. */
	struct task *idle; /* runs when no other task can */
	unsigned id;       /* index into cpus[] */
	uint32_t bit;      /* 1 << id, in sets of CPUs */
	unsigned apic_id;  /* number of its local APIC */

	/* Under sched_lock. */
	struct list_node woken; /* tasks that were woken, and run first */
	struct list_node queue; /* other tasks that wait for this CPU */

	struct descriptors descriptors; /* GDT and TSS */
};

extern struct cpu *cpus[MAX_CPUS]; /* NULL where there is none */
extern unsigned cpu_count;

/* THIS_CPU->field is read or written by one instruction. */
#define THIS_CPU ((struct cpu __seg_gs *)0)

static inline struct cpu *this_cpu(void)
{
	return THIS_CPU->self;
}

/* Returns the frame of the current task's last entry from ring 3. */
static inline struct trapframe *user_trapframe(void)
{
	return (struct trapframe *)THIS_CPU->current->stack_top - 1;
}

/* Makes a task call return_work before it returns to ring 3; `flag` is an enum
 * task_work. */
static inline void context_set_work(struct context *context, uint32_t flag)
{
	__atomic_or_fetch(&context->work, flag, __ATOMIC_SEQ_CST);
}

static inline void context_clear_work(struct context *context, uint32_t flag)
{
	__atomic_and_fetch(&context->work, ~flag, __ATOMIC_SEQ_CST);
}

/* Makes `cpu` the data of this CPU and sets up its descriptors, control
 * registers and MSRs. */
void cpu_init(struct cpu *cpu);

/* Gives interrupt stack number `ist` the page `stack`. */
void cpu_set_interrupt_stack(struct cpu *cpu, enum ist ist, void *stack);

/* Switches to `to`; returns when a task switches back to `from`. */
void context_switch(struct context *from, struct context *to);

/*
 * Lays out a new context so that the first switch to it calls
 * `start(argument)`, which never returns, with interrupts off.
 * `stack` is KERNEL_STACK_SIZE bytes.
 */
void context_init(struct context *context, void *stack,
		  void (*start)(void *argument), void *argument);

/* The same for the thread that runs already during boot, on `stack`. */
void context_adopt(struct context *context, void *stack);

/* The two halves of a switch, without the stacks: they save and load the FPU,
 * the segment registers and the stack for entries. */
void context_leave(struct context *from);
void context_enter(struct context *to);

/* Goes to ring 3 with the registers of user_trapframe(). (entry.asm) */
_Noreturn void trap_return_to_user(void);

#endif
