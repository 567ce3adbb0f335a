/*
 * /proc/sys: what the kernel can be told while it runs.
 */
#include "kernel/abi/errno.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/printf.h"
#include "kernel/optional/proc_files.h"
#include "kernel/lib/string.h"
#include "kernel/process/exec.h"
#include "kernel/process/pid.h"
#include "kernel/sys/system.h"
#include "kernel/time/vvar.h"

static int show_vnotb(struct sink *out, struct process *process)
{
	(void)process;
	sink_printf(out, "%d\n", vnotb_get());
	return 0;
}

static int store_vnotb(const char *words, struct process *process)
{
	long number;

	(void)process;
	if (parse_int(words, &number))
		return -EINVAL;
	return vnotb_set(number);
}

static int show_randomize(struct sink *out, struct process *process)
{
	(void)process;
	sink_printf(out, "%d\n", READ_ONCE(randomize_va_space));
	return 0;
}

static int store_randomize(const char *words, struct process *process)
{
	long number;

	(void)process;
	if (parse_int(words, &number) || number < 0 || number > 2)
		return -EINVAL;
	WRITE_ONCE(randomize_va_space, (int)number);
	return 0;
}

static int show_hostname(struct sink *out, struct process *process)
{
	(void)process;
	sink_printf(out, "%s\n", system_name.nodename);
	return 0;
}

static int store_hostname(const char *words, struct process *process)
{
	(void)process;
	strscpy(system_name.nodename, words, sizeof(system_name.nodename));
	return 0;
}

static int show_pid_max(struct sink *out, struct process *process)
{
	(void)process;
	sink_printf(out, "%d\n", READ_ONCE(pid_max));
	return 0;
}

static int store_pid_max(const char *words, struct process *process)
{
	long number;

	(void)process;
	if (parse_int(words, &number) || number <= PID_WRAP || number > PID_MAX)
		return -EINVAL;
	WRITE_ONCE(pid_max, (int)number);
	return 0;
}

/* The texts are what is always so: nothing taints this kernel, there are no
 * core files, and memory is given out without being counted. */
PROC_FILES(settings) = {
	{ .path = "sys/kernel/vnotb",
	  .mode = 0644,
	  .show = show_vnotb,
	  .store = store_vnotb },
	{ .path = "sys/kernel/randomize_va_space",
	  .mode = 0644,
	  .show = show_randomize,
	  .store = store_randomize },
	{ .path = "sys/kernel/hostname",
	  .mode = 0644,
	  .show = show_hostname,
	  .store = store_hostname },
	{ .path = "sys/kernel/pid_max",
	  .mode = 0644,
	  .show = show_pid_max,
	  .store = store_pid_max },
	{ .path = "sys/kernel/ostype", .mode = 0444, .text = "Linux\n" },
	{ .path = "sys/kernel/osrelease",
	  .mode = 0444,
	  .text = KERNEL_RELEASE "\n" },
	{ .path = "sys/kernel/tainted", .mode = 0444, .text = "0\n" },
	{ .path = "sys/kernel/core_pattern", .mode = 0444, .text = "core\n" },
	{ .path = "sys/vm/overcommit_memory", .mode = 0444, .text = "1\n" },
};
