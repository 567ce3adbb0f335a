/*
 * The pointers behind VSYSCALL(), and their binding.
 */
#include "user/lib/vsyscall.h"

#include "user/lib/vdso.h"

int (*__vdso_clock_gettime)(int, struct timespec *);
int (*__vdso_clock_getres)(int, struct timespec *);
int (*__vdso_gettimeofday)(struct timeval *, struct timezone *);
int64_t (*__vdso_time)(int64_t *);
long (*__vdso_getcpu)(unsigned *, unsigned *, void *);
int (*__vdso_number_of_the_beast)(void);
unsigned long (*__vdso_capabilities)(void);

#define BIND(f) __vdso_##f = vdso_symbol(image, "__vdso_" #f, "LINUX_2.6")

void vsyscall_bind(const void *image)
{
	if (!image)
		return;
	BIND(clock_gettime);
	BIND(clock_getres);
	BIND(gettimeofday);
	BIND(time);
	BIND(getcpu);
	BIND(number_of_the_beast);
	BIND(capabilities);
}
