/*
 * Finds a function in the vDSO.
 */
#ifndef USER_LIB_VDSO_H
#define USER_LIB_VDSO_H

/*
 * The address of function `name` of this version in the image that
 * AT_SYSINFO_EHDR points at, or NULL.  The kernel made the image, so it is
 * trusted: user/ldso/symbols.h is for files, which may be damaged.
 */
void *vdso_symbol(const void *image, const char *name, const char *version);

#endif
