/*
 * The article's way: a program that was linked with the image, so that the C
 * library's loader has to find that by its name, and the function in it.
 */
#include <stdio.h>

int number_of_the_beast(void);

int main(void)
{
	printf(" number_of_the_beast=%s\n",
	       number_of_the_beast() == 666 ? "vdso" : "wrong");
	return 0;
}
