/* The ring, what fills it, and trace=: see trace.h. */
#include "kernel/optional/trace/trace.h"

#include "kernel/abi/syscall.h"
#include "kernel/cpu/backtrace.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/printf.h"
#include "kernel/optional/proc_files.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/process/signal.h"
#include "kernel/sched/sched.h"
#include "kernel/sys/table.h"
#include "kernel/time/time_init.h"
#include "kernel/time/vvar.h"

#define TRACE_ALL ((1u << (TRACE_IPI + 1)) - 1)

struct trace_ring *trace_rings[MAX_CPUS];
uint64_t trace_ns;

static uint32_t trace_mask; /* kinds that are wanted, a bit each */
static bool trace_print;

/* What was called before we came. */
static struct trap_hooks before;
static trap_handler *handlers[256];

/* An interrupt may come in between: it takes the next place. Inlined: a system
 * call comes here twice. */
static inline __attribute__((always_inline)) void record(enum trace_kind kind,
							 unsigned code,
							 int task, uint64_t a,
							 uint64_t b)
{
	struct trace_ring *ring = trace_rings[THIS_CPU->id];
	uint64_t place;

	if (!ring || !(trace_mask >> kind & 1))
		return;
	place = atomic_fetch_add(&ring->count, 1) % TRACE_EVENTS;
	ring->events[place] = (struct trace_event){
		rdtsc(), task, (uint16_t)kind, (uint16_t)code, { a, b }
	};
}

static inline void record_here(enum trace_kind kind, unsigned code, uint64_t a,
			       uint64_t b)
{
	record(kind, code, current_task()->id, a, b);
}

/* ---- Traps and switches -------------------------------------------------- */

static void trace_timer(struct trapframe *tf)
{
	uint32_t updates = vvar_k.clocks[0].seq.end;
	uint64_t start = rdtsc();

	handlers[VECTOR_TIMER](tf);
	if (THIS_CPU->id == 0 && vvar_k.clocks[0].seq.end != updates)
		record_here(TRACE_PAGE, 0, vvar_k.clocks[0].seq.end, 0);
	record_here(TRACE_TICK, 0, rdtsc() - start, 0);
}

static void trace_page_fault(struct trapframe *tf)
{
	record_here(TRACE_FAULT, VECTOR_PF, read_cr2(), tf->rip);
	handlers[VECTOR_PF](tf);
}

static void trace_ipi(struct trapframe *tf)
{
	record_here(TRACE_IPI, (unsigned)tf->vector, 0, 0);
	handlers[tf->vector](tf);
}

static void trace_user_fault(struct trapframe *tf, int signo, int code,
			     uaddr_t address)
{
	if (tf->vector != VECTOR_PF)
		record_here(TRACE_FAULT, (unsigned)tf->vector, address,
			    tf->rip);
	before.user_fault(tf, signo, code, address);
}

static void trace_return_work(struct trapframe *tf)
{
	struct task *task = current_task();
	int signo = signal_peek(task, ~task->signal_mask);

	if (signo)
		record_here(TRACE_SIGNAL, (unsigned)signo, tf->rip, 0);
	before.return_work(tf);
}

static void trace_switch(struct task *from, struct task *to)
{
	uint64_t name[2];

	(void)from;
	memcpy(name, to->name, sizeof(name));
	record(TRACE_SWITCH, 0, to->id, name[0], name[1]);
}

static void take_vector(unsigned vector, trap_handler *handler)
{
	trap_wrap_handler(vector, handler, &handlers[vector]);
}

/*
 * At the first system call, when no more handlers are set and all CPUs run.
 * Only one task runs then, init's.
 */
static void attach(void)
{
	take_vector(VECTOR_TIMER, trace_timer);
	take_vector(VECTOR_PF, trace_page_fault);
	take_vector(VECTOR_RESCHEDULE, trace_ipi);
	take_vector(VECTOR_SHOOTDOWN, trace_ipi);
	trap_hooks.user_fault = trace_user_fault;
	trap_hooks.return_work = trace_return_work;
	sched_switch_hook = trace_switch;
	trace_ns = tsc_to_ns(1ul << 32);
	for (unsigned i = 0; i < cpu_count; i++)
		trace_rings[i] = kzalloc(sizeof(*trace_rings[i]));
}

/* ---- System calls -------------------------------------------------------- */

/* The handler's name is the call's: sys_read. */
static const char *call_name(uint32_t number)
{
	uint64_t offset;
	const char *name = symbol_find((uint64_t)syscall_find(number), &offset);

	return name && !strncmp(name, "sys_", 4) ? name + 4 : "?";
}

static void print_call(uint32_t number, const uint64_t *arguments)
{
	char name[ESCAPED_SIZE(sizeof(current_task()->name))];

	escape(name, current_task()->name);
	kprintf("[%d %s] %s(%#lx, %#lx, %#lx)", current_task()->id, name,
		call_name(number), arguments[0], arguments[1], arguments[2]);
}

static long trace_syscall(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
			  uint64_t a4, uint64_t a5)
{
	uint32_t number = (uint32_t)user_trapframe()->code;
	uint64_t name = 0;
	long result;

	if (!handlers[VECTOR_TIMER])
		attach();
	record_here(TRACE_CALL, number, a0, a1);
	result = syscall_find(number)(a0, a1, a2, a3, a4, a5);
	if (number == SYS_execve || number == SYS_execveat)
		memcpy(&name, current_task()->name, sizeof(name));
	record_here(TRACE_RESULT, number, (uint64_t)result, name);
	return result;
}

/* The same for trace=print. */
static long print_syscall(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
			  uint64_t a4, uint64_t a5)
{
	uint32_t number = (uint32_t)user_trapframe()->code;
	const uint64_t arguments[] = { a0, a1, a2 };
	long result;

	if (number == SYS_exit || number == SYS_exit_group) {
		print_call(number, arguments);
		kprintf(" does not return\n");
	}
	result = trace_syscall(a0, a1, a2, a3, a4, a5);
	print_call(number, arguments);
	kprintf(" = %ld\n", result);
	return result;
}

/* ---- trace= and /proc/trace ---------------------------------------------- */

static const char *const kind_names[] = {
	[TRACE_CALL] = "call",     [TRACE_RESULT] = "result",
	[TRACE_TICK] = "tick",     [TRACE_PAGE] = "page",
	[TRACE_SWITCH] = "switch", [TRACE_FAULT] = "fault",
	[TRACE_SIGNAL] = "signal", [TRACE_IPI] = "ipi",
};

/* What one name of the list asks for; false: it is none. */
static bool want(const char *name, size_t length)
{
	for (unsigned kind = TRACE_CALL; kind < ARRAY_SIZE(kind_names); kind++)
		if (strlen(kind_names[kind]) == length &&
		    !strncmp(name, kind_names[kind], length)) {
			trace_mask |= 1u << kind;
			return true;
		}
	if (length == 3 && !strncmp(name, "all", 3))
		trace_mask = TRACE_ALL;
	else if (length == 5 && !strncmp(name, "print", 5))
		trace_print = true;
	else
		return false;
	return true;
}

/* trace=LIST: names of kinds, "all" or "print", with commas between them. */
static void set_trace(const char *value)
{
	while (*value) {
		const char *comma = strchr(value, ',');
		size_t length = comma ? (size_t)(comma - value) : strlen(value);

		if (!want(value, length))
			kprintf("trace=%s: not a list of call, result, tick, "
				"page, switch, fault, signal, ipi, all, "
				"print\n",
				value);
		value += length + (comma != NULL);
	}
	if (!before.syscalls)
		before = trap_hooks;
	syscall_wrap(trace_print ? print_syscall : trace_syscall);
}
WORD("trace", set_trace);

static void show_event(struct sink *out, unsigned cpu,
		       const struct trace_event *event)
{
	uint64_t us = tsc_to_ns(event->time) / 1000;

	if (event->kind == TRACE_NONE || event->kind >= ARRAY_SIZE(kind_names))
		return;
	sink_printf(out, "%lu.%06lu cpu%u %d %s", us / 1000000, us % 1000000,
		    cpu, event->task, kind_names[event->kind]);
	switch (event->kind) {
	case TRACE_CALL:
		sink_printf(out, " %s(%#lx, %#lx)\n", call_name(event->code),
			    event->values[0], event->values[1]);
		break;
	case TRACE_RESULT:
		sink_printf(out, " %s = %ld\n", call_name(event->code),
			    (long)event->values[0]);
		break;
	case TRACE_SWITCH:
		sink_printf(out, " to %.16s\n", (const char *)event->values);
		break;
	default:
		sink_printf(out, " %u %#lx\n", event->code, event->values[0]);
	}
}

/* The last events of each CPU, oldest first: event by event, what is written
 * meanwhile may be torn. */
static int show_trace(struct sink *out, struct process *process)
{
	(void)process;
	for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
		const struct trace_ring *ring = trace_rings[cpu];
		uint64_t end = ring ? READ_ONCE(ring->count) : 0;
		uint64_t n = end > TRACE_EVENTS ? end - TRACE_EVENTS : 0;

		for (; n < end; n++)
			show_event(out, cpu, &ring->events[n % TRACE_EVENTS]);
	}
	return 0;
}

PROC_FILES(trace_files) = {
	{ .path = "trace", .mode = 0400, .show = show_trace },
};
