/*
 * The article's program for kernels old and new: the reference is weak, and
 * where nobody defines the function its address is 0.
 */
#include <stdio.h>

__attribute__((weak)) int number_of_the_beast(void);

int main(void)
{
	if (!number_of_the_beast) {
		printf("This kernel does not know his number\n");
		return 1;
	}
	printf("His number is %d\n", number_of_the_beast());
	return 0;
}
