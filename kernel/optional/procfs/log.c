/*
 * syslog(2): the last messages of the kernel, for dmesg(1). They are kept from
 * the first one on.
 */
#include "kernel/abi/errno.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/dev/uart.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/process.h"
#include "kernel/sys/table.h"

#define LOG_SIZE 16384

/* klogctl(3) */
#define SYSLOG_ACTION_READ_ALL      3
#define SYSLOG_ACTION_CONSOLE_OFF   6
#define SYSLOG_ACTION_CONSOLE_LEVEL 8
#define SYSLOG_ACTION_SIZE_BUFFER   10

static struct spinlock log_lock = SPINLOCK_INIT(RANK_SINK);
static char log_text[LOG_SIZE];
static uint64_t log_end; /* bytes so far; the last LOG_SIZE are there */

static void log_write(bool begins, const char *text, size_t length)
{
	uint64_t flags = message_lock(&log_lock);

	(void)begins;
	for (size_t i = 0; i < length; i++)
		log_text[log_end++ % LOG_SIZE] = text[i];
	message_unlock(&log_lock, flags);
}

HOOK(message, log_write);

/* Copies the last `size` bytes at most; how many they were. */
static size_t log_copy(char *to, size_t size)
{
	uint64_t flags = message_lock(&log_lock);

	size = MIN(size, MIN(log_end, (uint64_t)LOG_SIZE));
	for (size_t i = 0; i < size; i++)
		to[i] = log_text[(log_end - size + i) % LOG_SIZE];
	message_unlock(&log_lock, flags);
	return size;
}

static long log_read(uaddr_t to, int size)
{
	char *copy;
	long length;

	if (!to || size < 0)
		return -EINVAL;
	copy = kmalloc(LOG_SIZE);
	if (!copy)
		return -ENOMEM;
	length = (long)log_copy(copy, (size_t)MIN(size, LOG_SIZE));
	if (copy_to_user(to, copy, (size_t)length) < 0)
		length = -EFAULT;
	kfree(copy);
	return length;
}

static long sys_syslog(int action, uaddr_t to, int size)
{
	if (action == SYSLOG_ACTION_READ_ALL)
		return log_read(to, size);
	if (action == SYSLOG_ACTION_SIZE_BUFFER)
		return LOG_SIZE;
	if (current_process()->credentials.euid)
		return -EPERM;
	/* what reaches the console is always all of it */
	return action >= SYSLOG_ACTION_CONSOLE_OFF &&
			       action <= SYSLOG_ACTION_CONSOLE_LEVEL
		       ? 0
		       : -EINVAL;
}
SYSCALL(syslog);
