/*
 * The table of the system's <linux/…> and <asm/…>, for test_abi.c.
 */
#include "tests/host/test_abi.h"

#include <asm/auxvec.h>
#include <asm/errno.h>
#include <asm/mman.h>
#include <asm/poll.h>
#include <asm/prctl.h>
#include <asm/sigcontext.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#include <asm/ucontext.h>
#include <asm/unistd_32.h>
#include <linux/auxvec.h>
#include <linux/close_range.h>
#include <linux/eventpoll.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/stat.h>
#include <linux/sysinfo.h>
#include <linux/termios.h>
#include <linux/time.h>
#include <linux/timerfd.h>
#include <linux/times.h>
#include <linux/timex.h>
#include <linux/tty.h>
#include <linux/uio.h>
#include <linux/utsname.h>
#include <linux/wait.h>

/* Our names for what has another one, or a namesake in the C library. */
#define kernel_sigaction sigaction
#define utsname          new_utsname
#define IOV_MAX          UIO_MAXIOV
#define HOST_NAME_MAX    __NEW_UTS_LEN
#define SYS32_exit       __NR_exit
#define SYS32_write      __NR_write
#define SYS32_getpid     __NR_getpid
#define SYS32_getppid    __NR_getppid

/* Defined by a name that these headers lack. */
#undef SIGRTMAX

#define ABI_TABLE abi_linux
#include "tests/host/test_abi_table.h"
