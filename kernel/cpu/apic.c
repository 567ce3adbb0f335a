/*
 * The APICs: see apic.h. Registers are those of SDM 3A 10.4 and of the
 * 82093AA's data sheet.
 */
#include "kernel/cpu/apic.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/acpi.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/atomic.h"

/* Local APIC registers, by byte offset. */
enum {
	LOCAL_ID = 0x20,
	LOCAL_TASK_PRIORITY = 0x80,
	LOCAL_EOI = 0xb0,
	LOCAL_SPURIOUS = 0xf0,
	LOCAL_ERROR_STATUS = 0x280,
	LOCAL_TIMER = 0x320,
	LOCAL_LINT0 = 0x350,
	LOCAL_LINT1 = 0x360,
	LOCAL_ERROR = 0x370,
	LOCAL_TIMER_INITIAL = 0x380,
	LOCAL_TIMER_CURRENT = 0x390,
	LOCAL_TIMER_DIVIDE = 0x3e0,
};

#define LOCAL_ENABLE    0x100
#define LVT_MASKED      0x10000
#define LVT_NMI         0x400
#define TIMER_DIVIDE_16 0x3

/* I/O APIC: an index register and a data register. */
#define IO_SELECT            0x00
#define IO_DATA              0x10
#define IO_REDIRECTION(line) (0x10 + 2 * (line))
#define IO_ACTIVE_LOW        0x2000
#define IO_LEVEL             0x8000
#define IO_MASKED            0x10000

#define PIC1_DATA 0x21
#define PIC2_DATA 0xa1

static volatile uint32_t *local, *io;
static void (*irq_handlers[VECTOR_IRQ_COUNT])(void); /* by line */

uint32_t apic_read(unsigned reg)
{
	return local[reg / 4];
}

void apic_write(unsigned reg, uint32_t value)
{
	local[reg / 4] = value;
}

static void io_write(uint32_t reg, uint32_t value)
{
	io[IO_SELECT / 4] = reg;
	io[IO_DATA / 4] = value;
}

void apic_eoi(void)
{
	apic_write(LOCAL_EOI, 0);
}

unsigned apic_id(void)
{
	return apic_read(LOCAL_ID) >> 24;
}

static void handle_spurious(struct trapframe *tf)
{
	(void)tf; /* not acknowledged (SDM 3A 10.9) */
}

static void handle_error(struct trapframe *tf)
{
	(void)tf;
	apic_write(LOCAL_ERROR_STATUS, 0);
	apic_eoi();
}

static void handle_irq(struct trapframe *tf)
{
	void (*handler)(void) = irq_handlers[tf->vector - VECTOR_IRQ];

	if (handler)
		handler();
	apic_eoi();
}

int apic_init(void *(*map_device)(paddr_t address, size_t size))
{
	outb(PIC1_DATA, 0xff);
	outb(PIC2_DATA, 0xff);
	if (!acpi_info.local_apic || !acpi_info.io_apic)
		return -ENODEV;
	local = map_device(acpi_info.local_apic, 0x400);
	io = map_device(acpi_info.io_apic, 0x20);
	if (!local || !io)
		return -ENOMEM;
	for (uint32_t line = 0; line < VECTOR_IRQ_COUNT; line++) {
		io_write(IO_REDIRECTION(line), IO_MASKED);
		trap_set_handler(VECTOR_IRQ + line, handle_irq);
	}
	trap_set_handler(VECTOR_SPURIOUS, handle_spurious);
	trap_set_handler(VECTOR_APIC_ERROR, handle_error);
	return 0;
}

void apic_init_cpu(void)
{
	apic_write(LOCAL_TASK_PRIORITY, 0);
	apic_write(LOCAL_LINT0, LVT_MASKED);
	apic_write(LOCAL_LINT1, LVT_NMI);
	apic_write(LOCAL_ERROR, VECTOR_APIC_ERROR);
	apic_write(LOCAL_TIMER, LVT_MASKED);
	apic_write(LOCAL_TIMER_DIVIDE, TIMER_DIVIDE_16);
	apic_write(LOCAL_SPURIOUS, LOCAL_ENABLE | VECTOR_SPURIOUS);
	this_cpu()->apic_id = apic_id();
}

void irq_install(unsigned irq, void (*handler)(void))
{
	const struct acpi_isa_irq *isa = &acpi_info.isa[irq];
	uint32_t line = isa->line - acpi_info.io_apic_base;
	uint32_t low = VECTOR_IRQ + line;

	if (line >= VECTOR_IRQ_COUNT)
		return;
	irq_handlers[line] = handler;
	if (isa->active_low)
		low |= IO_ACTIVE_LOW;
	if (isa->level)
		low |= IO_LEVEL;
	io_write(IO_REDIRECTION(line) + 1, apic_id() << 24);
	io_write(IO_REDIRECTION(line), low);
}

void apic_timer_start(uint32_t count)
{
	apic_write(LOCAL_TIMER, VECTOR_TIMER);
	apic_write(LOCAL_TIMER_INITIAL, count);
}

uint32_t apic_timer_count(void)
{
	return apic_read(LOCAL_TIMER_CURRENT);
}
