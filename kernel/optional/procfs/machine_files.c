/*
 * What /proc says of the machine: its CPUs, its time, its load. proc(5) has
 * the formats; what nobody counts here is 0.
 */
#include "kernel/abi/sysinfo.h"
#include "kernel/abi/utsname.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/optional/procfs/procfs.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/string.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/process.h"
#include "kernel/sys/table.h"
#include "kernel/time/tick.h"
#include "kernel/time/time_init.h"
#include "kernel/time/timekeeper.h"
#include "kernel/time/timer.h"
#include "vdso/instant.h"

/* ---- Load --------------------------------------------------------------------- */

#define LOAD_PERIOD (5 * NSEC_PER_SEC)
#define LOAD_SHIFT  11 /* bits of fraction */
#define LOAD_ONE    (1ul << LOAD_SHIFT)

/* e ^ -(period / 1, 5, 15 minutes), in units of LOAD_ONE: Linux's. */
static const uint64_t load_decay[3] = { 1884, 2014, 2037 };
static uint64_t loads[3];
static struct timer load_timer;

/* How many tasks want a CPU, averaged over 1, 5 and 15 minutes. */
static void update_load(struct timer *timer)
{
	uint64_t now = (uint64_t)READ_ONCE(sched_runnable) << LOAD_SHIFT;

	for (int i = 0; i < 3; i++)
		loads[i] = (loads[i] * load_decay[i] +
			    now * (LOAD_ONE - load_decay[i])) >>
			   LOAD_SHIFT;
	timer_start(timer, timer->deadline + LOAD_PERIOD);
}

static int show_loadavg(struct sink *out, struct process *process)
{
	(void)process;
	for (int i = 0; i < 3; i++)
		sink_printf(out, "%lu.%02lu ", loads[i] >> LOAD_SHIFT,
			    (loads[i] & (LOAD_ONE - 1)) * 100 >> LOAD_SHIFT);
	sink_printf(out, "%u/%u %d\n", READ_ONCE(sched_runnable),
		    READ_ONCE(process_task_count), pid_last());
	return 0;
}

static long sys_sysinfo(uaddr_t to)
{
	struct sysinfo info;

	process_reap(); /* the dead do not count as memory in use */
	memset(&info, 0, sizeof(info));
	info.uptime = (int64_t)(ktime_monotonic_ns() / NSEC_PER_SEC);
	for (int i = 0; i < 3; i++)
		info.loads[i] = loads[i] << (SI_LOAD_SHIFT - LOAD_SHIFT);
	info.totalram = frame_count_total();
	info.freeram = frame_count_free();
	info.procs = (uint16_t)process_task_count;
	info.mem_unit = PAGE_SIZE;
	return copy_to_user(to, &info, sizeof(info));
}
SYSCALL(sysinfo);

/* ---- Time --------------------------------------------------------------------- */

/* A CPU without work takes no tick: what is not accounted for was idle. */
static uint64_t idle_hundredths(const struct cpu *cpu)
{
	uint64_t all = ktime_monotonic_ns() / (NSEC_PER_SEC / 100);
	uint64_t busy =
		clock_ticks(cpu->time[TIME_USER] + cpu->time[TIME_KERNEL]);

	return all > busy ? all - busy : 0;
}

static int show_uptime(struct sink *out, struct process *process)
{
	uint64_t all = ktime_monotonic_ns() / (NSEC_PER_SEC / 100), idle = 0;

	(void)process;
	for (unsigned i = 0; i < cpu_count; i++)
		idle += idle_hundredths(cpus[i]);
	sink_printf(out, "%lu.%02lu %lu.%02lu\n", all / 100, all % 100,
		    idle / 100, idle % 100);
	return 0;
}

static void show_cpu_times(struct sink *out, uint64_t user, uint64_t kernel,
			   uint64_t idle)
{
	sink_printf(out, " %lu 0 %lu %lu 0 0 0 0 0 0\n", user, kernel, idle);
}

static int show_stat(struct sink *out, struct process *process)
{
	uint64_t user = 0, kernel = 0, idle = 0, ticks = 0;
	struct timespec real;

	(void)process;
	for (unsigned i = 0; i < cpu_count; i++) {
		user += clock_ticks(cpus[i]->time[TIME_USER]);
		kernel += clock_ticks(cpus[i]->time[TIME_KERNEL]);
		idle += idle_hundredths(cpus[i]);
		ticks += cpus[i]->ticks;
	}
	sink_printf(out, "cpu ");
	show_cpu_times(out, user, kernel, idle);
	for (unsigned i = 0; i < cpu_count; i++) {
		sink_printf(out, "cpu%u", i);
		show_cpu_times(out, clock_ticks(cpus[i]->time[TIME_USER]),
			       clock_ticks(cpus[i]->time[TIME_KERNEL]),
			       idle_hundredths(cpus[i]));
	}
	ktime_get(CLOCK_REALTIME, &real);
	sink_printf(out,
		    "intr %lu\nctxt %lu\nbtime %ld\nprocesses %lu\n"
		    "procs_running %u\nprocs_blocked 0\n",
		    ticks, READ_ONCE(sched_switches),
		    real.tv_sec -
			    (int64_t)(ktime_monotonic_ns() / NSEC_PER_SEC),
		    process_made_count(), READ_ONCE(sched_runnable));
	return 0;
}

static int show_interrupts(struct sink *out, struct process *process)
{
	(void)process;
	sink_printf(out, "    ");
	for (unsigned i = 0; i < cpu_count; i++)
		sink_printf(out, "       CPU%-4u", i);
	sink_printf(out, "\nLOC:");
	for (unsigned i = 0; i < cpu_count; i++)
		sink_printf(out, " %13lu", cpus[i]->ticks);
	sink_printf(out, "   Local timer interrupts\nNMI:");
	for (unsigned i = 0; i < cpu_count; i++)
		sink_printf(out, " %13lu", cpus[i]->nmis);
	sink_printf(out, "   Non-maskable interrupts\n");
	return 0;
}

/* ---- CPUs --------------------------------------------------------------------- */

/* The names of CPUID leaf 1's bits, EDX's and then ECX's, as Linux has them;
 * "-": no name (SDM 2A, CPUID). */
static const char flag_names[] =
	"fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat "
	"pse36 pn clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe "
	"pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg "
	"fma cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt "
	"tsc_deadline_timer aes xsave osxsave avx f16c rdrand hypervisor";

static void show_flags(struct sink *out)
{
	struct cpuid leaf = cpuid(1, 0);
	uint64_t bits = (uint64_t)leaf.ecx << 32 | leaf.edx;
	const char *name = flag_names;

	sink_printf(out, "flags\t\t:");
	while (*name) {
		const char *end = strchr(name, ' ');
		int length = (int)(end ? (size_t)(end - name) : strlen(name));

		if (bits & 1 && *name != '-')
			sink_printf(out, " %.*s", length, name);
		bits >>= 1;
		name += length + (end ? 1 : 0);
	}
	sink_printf(out, "%s%s%s%s\n", cpu_has(CPU_NX) ? " nx" : "",
		    cpu_has(CPU_RDTSCP) ? " rdtscp" : "",
		    cpu_has(CPU_SMEP) ? " smep" : "",
		    cpu_has(CPU_SMAP) ? " smap" : "");
}

/* CPUID's leaves 0x80000002 to 4: 48 bytes, NUL-ended. */
static void read_model_name(char name[49])
{
	memset(name, 0, 49);
	if (cpuid(0x80000000, 0).eax < 0x80000004)
		return;
	for (unsigned i = 0; i < 3; i++) {
		struct cpuid part = cpuid(0x80000002 + i, 0);

		memcpy(name + 16 * i, &part, sizeof(part));
	}
}

static int show_cpuinfo(struct sink *out, struct process *process)
{
	struct cpuid vendor = cpuid(0, 0);
	uint32_t words[] = { vendor.ebx, vendor.edx, vendor.ecx };
	uint32_t id = cpuid(1, 0).eax;
	uint32_t family = id >> 8 & 15, model = id >> 4 & 15;
	uint64_t khz = tsc_khz();
	char name[49];

	(void)process;
	read_model_name(name);
	if (family == 15)
		family += id >> 20 & 0xff;
	if (family >= 6)
		model |= id >> 12 & 0xf0;
	for (unsigned i = 0; i < cpu_count; i++) {
		sink_printf(out,
			    "processor\t: %u\nvendor_id\t: %.12s\n"
			    "cpu family\t: %u\nmodel\t\t: %u\n"
			    "model name\t: %s\nstepping\t: %u\n"
			    "cpu MHz\t\t: %lu.%03lu\n",
			    i, (const char *)words, family, model, name,
			    id & 15, khz / 1000, khz % 1000);
		show_flags(out);
		sink_printf(out, "\n");
	}
	return 0;
}

/* ---- All of them -------------------------------------------------------------- */

PROC_FILES(machine_files) = {
	{ .path = "loadavg", .mode = 0444, .show = show_loadavg },
	{ .path = "uptime", .mode = 0444, .show = show_uptime },
	{ .path = "stat", .mode = 0444, .show = show_stat },
	{ .path = "interrupts", .mode = 0444, .show = show_interrupts },
	{ .path = "cpuinfo", .mode = 0444, .show = show_cpuinfo },
	{ .path = "version",
	  .mode = 0444,
	  .text = "Linux version " KERNEL_RELEASE " " KERNEL_VERSION "\n" },
};

static void start_load(void)
{
	timer_init(&load_timer, CLOCK_MONOTONIC, update_load);
	timer_start(&load_timer, LOAD_PERIOD);
}
HOOK(boot, start_load);
