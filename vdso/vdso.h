/*
 * What the vDSO's files share: attributes of its functions, and the way into
 * the kernel for what they cannot answer.
 */
#ifndef VDSO_VDSO_H
#define VDSO_VDSO_H

/* Without calls of a tracer or profiler: the image has none to call. */
#define notrace __attribute__((no_instrument_function))

/* Not inlined into its caller; and, for what seldom runs, made small. */
#define noinline __attribute__((__noinline__))
#define cold     __attribute__((__noinline__, __cold__))

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/*
 * The real system call `number` and its result; it comes last so that the two
 * arguments stand where the kernel expects them.  The image has the one of
 * slow_path.c; a host test that links the functions natively brings its own.
 */
int vdso_slow_path(long a, void *b, long number)
	__attribute__((visibility("hidden")));

#endif
