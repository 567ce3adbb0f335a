/*
 * number_of_the_beast(): a variable of the kernel's, read without a trap.
 * It is one aligned word, so a single load gets all of it, old or new.
 */
#include "vdso/vdso.h"
#include "vdso/vvar.h"

notrace int __vdso_number_of_the_beast(void)
{
	return __atomic_load_n(&vvar_u.vnotb, __ATOMIC_RELAXED);
}

int number_of_the_beast(void)
	__attribute__((weak, alias("__vdso_number_of_the_beast")));
