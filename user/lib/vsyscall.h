/*
 * The functions that the vDSO offers, called through pointers that are bound
 * once, before main(); where there is no vDSO, or it lacks a function, the
 * system call of the same name answers.
 */
#ifndef USER_LIB_VSYSCALL_H
#define USER_LIB_VSYSCALL_H

#include "kernel/abi/time.h"
#include "user/lib/syscall.h"

/* NULL where the vDSO has no such function. */
extern int (*__vdso_clock_gettime)(int, struct timespec *);
extern int (*__vdso_clock_getres)(int, struct timespec *);
extern int (*__vdso_gettimeofday)(struct timeval *, struct timezone *);
extern int64_t (*__vdso_time)(int64_t *);
extern long (*__vdso_getcpu)(unsigned *cpu, unsigned *node, void *unused);
extern int (*__vdso_number_of_the_beast)(void);
extern unsigned long (*__vdso_capabilities)(void);

/* VSYSCALL(f, arguments of f): the vDSO's function, else the system call. */
#define VSYSCALL(f, ...)                                            \
	(__vdso_##f ? __vdso_##f(__VA_ARGS__)                       \
		    : (__typeof__(__vdso_##f(__VA_ARGS__)))syscall( \
			      SYS_##f __VA_OPT__(, ) __VA_ARGS__))

/* The same as library functions call it, those below (glibc's name). */
#define INLINE_VSYSCALL(f, ...) VSYSCALL(f __VA_OPT__(, ) __VA_ARGS__)

/* Looks up every function in the vDSO at `image`; NULL: there is none. */
void vsyscall_bind(const void *image);

/* Each returns 0 or more, or -errno. */
static inline int clock_gettime(int clock, struct timespec *time)
{
	return INLINE_VSYSCALL(clock_gettime, clock, time);
}

static inline int clock_getres(int clock, struct timespec *resolution)
{
	return INLINE_VSYSCALL(clock_getres, clock, resolution);
}

static inline int gettimeofday(struct timeval *time, struct timezone *zone)
{
	return INLINE_VSYSCALL(gettimeofday, time, zone);
}

static inline int64_t time(int64_t *seconds)
{
	return INLINE_VSYSCALL(time, seconds);
}

static inline int getcpu(unsigned *cpu, unsigned *node)
{
	return INLINE_VSYSCALL(getcpu, cpu, node, NULL);
}

/* -ENOSYS where the kernel has no such number: on Linux. */
static inline int number_of_the_beast(void)
{
	return INLINE_VSYSCALL(number_of_the_beast);
}

/* What the kernel can do; 0 where it does not say, as on Linux. */
static inline unsigned long capabilities(void)
{
	return __vdso_capabilities ? __vdso_capabilities() : 0;
}

#endif
