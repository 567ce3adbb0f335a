/*
 * Whole files in memory.
 */
#include "user/lib/file.h"

#include "kernel/abi/errno.h"
#include "user/lib/syscall.h"

/* Mapped for each file: address space costs nothing until it is touched. */
#define ROOM (1ul << 30)

#define STEP 65536 /* bytes that are read at once */

static long read_to_end(int fd, char *start)
{
	char *end = start;

	for (;;) {
		long n = call_read(fd, end, STEP);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		end += n;
		if (end > start + ROOM - STEP - 1)
			return -ENOMEM;
	}
	*end = '\0';
	return end - start;
}

long file_load(const char *path, char **data)
{
	long fd = call_open(path, O_RDONLY | O_CLOEXEC, 0);
	long len = -ENOMEM;

	if (fd < 0)
		return fd;
	*data = call_mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!is_error(*data)) {
		len = read_to_end((int)fd, *data);
		if (len < 0)
			file_drop(*data);
	}
	call_close((int)fd);
	return len;
}

void file_drop(char *data)
{
	call_munmap(data, ROOM);
}
