/*
 * Who the kernel says it is, what the machine has, how it ends; and the slow
 * road to the number of the beast.
 */

#include "kernel/abi/errno.h"
#include "kernel/abi/reboot.h"
#include "kernel/abi/sysinfo.h"
#include "kernel/abi/utsname.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/dev/power.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/process.h"
#include "kernel/sys/table.h"
#include "kernel/time/timekeeper.h"
#include "kernel/time/vvar.h"

/*
 * "Linux": this is the ABI's name. configure scripts and C libraries ask for
 * it to know what they may call; glibc stops with "kernel too old" below 3.2.
 */
static long sys_uname(uaddr_t to)
{
	static const struct utsname name = {
		.sysname = "Linux",
		.nodename = "colonel",
		.release = KERNEL_RELEASE,
		.version = KERNEL_VERSION,
		.machine = "x86_64",
		.domainname = "(none)",
	};

	return copy_to_user(to, &name, sizeof(name));
}
SYSCALL(uname);

static long sys_sysinfo(uaddr_t to)
{
	struct sysinfo info;

	process_reap(); /* the dead do not count as memory in use */
	memset(&info, 0, sizeof(info));
	info.uptime = (int64_t)(ktime_monotonic_ns() / 1000000000);
	info.totalram = frame_count_total();
	info.freeram = frame_count_free();
	info.procs = (uint16_t)process_task_count;
	info.mem_unit = PAGE_SIZE;
	return copy_to_user(to, &info, sizeof(info));
}
SYSCALL(sysinfo);

static long sys_reboot(unsigned magic1, unsigned magic2, unsigned command)
{
	if (current_process()->credentials.euid)
		return -EPERM;
	if (magic1 != LINUX_REBOOT_MAGIC1 ||
	    (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
	     magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	switch (command) {
	case LINUX_REBOOT_CMD_RESTART:
		power_reboot();
	case LINUX_REBOOT_CMD_HALT:
		power_halt();
	case LINUX_REBOOT_CMD_POWER_OFF:
		power_off();
	case LINUX_REBOOT_CMD_CAD_ON:
	case LINUX_REBOOT_CMD_CAD_OFF:
		return 0; /* nobody presses those three keys here */
	default:
		return -EINVAL;
	}
}
SYSCALL(reboot);

static long sys_number_of_the_beast(void)
{
	return vnotb_get();
}
SYSCALL(number_of_the_beast);

static void set_vnotb(const char *value)
{
	long number;

	if (parse_int(value, &number) || vnotb_set(number))
		kprintf("vnotb=%s: not an int, or it reads as an errno\n",
			value);
}
WORD("vnotb", set_vnotb);
