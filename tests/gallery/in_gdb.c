/*
 * For gdb on Linux: maps an image behind a page of zeros and calls its
 * gettimeofday(), at the offset given. A page of zeros says that the counter must
 * not be used, so the call goes all the way down to the system call.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define ROOM 65536

char *image;

int __attribute__((noinline)) ask(int (*clock)(struct timeval *, void *))
{
	struct timeval now;
	int result = clock(&now, NULL);

	return result + (now.tv_usec < 0);
}

int main(int argc, char **argv)
{
	char *memory = mmap(NULL, 2 * ROOM, PROT_READ | PROT_WRITE | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int file = open(argv[1], O_RDONLY);

	if (argc < 3 || memory == MAP_FAILED || file < 0)
		return 2;
	image = memory + ROOM;
	if (read(file, image, ROOM) <= 0)
		return 2;
	return ask((void *)(image + strtoul(argv[2], NULL, 0)));
}
