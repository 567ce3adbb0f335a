/*
 * The table of those C library headers that know what Linux's own headers do
 * not, for test_abi.c.
 */
#define _GNU_SOURCE

#include "tests/host/test_abi.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define linux_dirent64 dirent64

/* The kernel's, not what the library leaves to programs. */
#undef SIGRTMIN
#undef SIGRTMAX
#undef _NSIG
#define SIGRTMIN __SIGRTMIN
#define SIGRTMAX __SIGRTMAX
#define _NSIG    __SIGRTMAX

/* 0 where files are always large. */
#undef O_LARGEFILE

/* Not constants here. */
#undef MINSIGSTKSZ
#undef SIGSTKSZ

#define ABI_LIBC
#define ABI_TABLE abi_libc
#include "tests/host/test_abi_table.h"
