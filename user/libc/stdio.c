/*
 * What compilers make of printf("...\n") when there is nothing to convert.
 */
#include "user/libc/include/stdio.h"

#include "user/lib/printf.h"

int puts(const char *s)
{
	return printf("%s\n", s);
}

int putchar(int c)
{
	return printf("%c", c);
}
