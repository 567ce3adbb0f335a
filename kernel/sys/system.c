/*
 * The kernel's name, the end of the machine, and the system call for the number
 * of the beast.
 */

#include "kernel/abi/errno.h"
#include "kernel/abi/reboot.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/dev/power.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/process.h"
#include "kernel/sys/system.h"
#include "kernel/sys/table.h"
#include "kernel/time/vvar.h"

/*
 * "Linux": this is the ABI's name. configure scripts and C libraries ask for
 * it to know what they may call; glibc stops with "kernel too old" below 3.2.
 */
struct utsname system_name = {
	.sysname = "Linux",
	.nodename = "colonel",
	.release = KERNEL_RELEASE,
	.version = KERNEL_VERSION,
	.machine = "x86_64",
	.domainname = "(none)",
};

/* C libraries look at the release to learn what they may call. */
static long sys_uname(uaddr_t to)
{
	return copy_to_user(to, &system_name, sizeof(system_name));
}
SYSCALL(uname);

/* Restarts the machine or switches it off, for root. */
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
		return 0; /* there is no Ctrl-Alt-Del here */
	default:
		return -EINVAL;
	}
}
SYSCALL(reboot);

/* What the vDSO's function does by reading the data page, with a trap. */
static long sys_number_of_the_beast(void)
{
	return vnotb_get();
}
SYSCALL(number_of_the_beast);

/* vnotb=N: another number of the beast. */
static void set_vnotb(const char *value)
{
	long number;

	if (parse_int(value, &number) || vnotb_set(number))
		kprintf("vnotb=%s: not an int, or it reads as an errno\n",
			value);
}
WORD("vnotb", set_vnotb);
