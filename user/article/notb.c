/*
 * notb.c, the article's program, with the prototype that it left out.
 */
#include <stdio.h>

int number_of_the_beast(void);

int main(void)
{
	int notb = number_of_the_beast();

	printf("His number is %d\n", notb);

	return 0;
}
