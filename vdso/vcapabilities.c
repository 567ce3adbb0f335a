/*
 * capabilities(): what this kernel can do, as kernel/abi/capabilities.h names
 * it.  The other use of a data page: to tell a program what to try.
 */
#include "vdso/vdso.h"
#include "vdso/vvar.h"

notrace unsigned long __vdso_capabilities(void)
{
	return __atomic_load_n(&vvar_u.features, __ATOMIC_RELAXED);
}

unsigned long capabilities(void)
	__attribute__((weak, alias("__vdso_capabilities")));
