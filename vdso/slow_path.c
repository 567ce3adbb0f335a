/*
 * The way into the kernel, for what the data page does not answer.
 */
#include "vdso/vdso.h"

notrace cold int vdso_slow_path(long a, void *b, long number)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b)
			 : "rcx", "r11", "memory");
	return result;
}
