/*
 * Whole files on the heap.
 */
#include "user/lib/file.h"

#include "kernel/abi/errno.h"
#include "user/lib/syscall.h"

#define STEP 65536 /* bytes that the heap grows by */

static long read_to_heap(int fd, char *start)
{
	char *end = start;

	for (;;) {
		if (call_brk(end + STEP) < (long)(end + STEP))
			return -ENOMEM;

		long n = call_read(fd, end, STEP - 1);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		end += n;
	}
	*end = '\0';
	return end - start;
}

long file_load(const char *path, char **data)
{
	long fd = call_open(path, O_RDONLY | O_CLOEXEC, 0);

	if (fd < 0)
		return fd;
	*data = (char *)call_brk(NULL);

	long len = read_to_heap(fd, *data);

	call_close(fd);
	if (len < 0)
		file_drop(*data);
	return len;
}

void file_drop(char *data)
{
	call_brk(data);
}
