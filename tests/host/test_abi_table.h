/*
 * Defines the table ABI_TABLE from the macros and types that are visible
 * where this is included: first a function for each function-like macro,
 * then the entries.  Included once by each of three files, so it has no guard.
 */
#define FUNCTION1(name)                         \
	static long call_##name(long x, long y) \
	{                                       \
		(void)y;                        \
		return (long)(name(x));         \
	}
#define FUNCTION2(name)                         \
	static long call_##name(long x, long y) \
	{                                       \
		return (long)(name(x, y));      \
	}
#include "abi-list.h"
#undef FUNCTION1
#undef FUNCTION2

#define CONSTANT(name)  { ABI_CONSTANT, #name, (long long)(name), NULL, NULL },
#define STRING(name)    { ABI_STRING, #name, 0, name, NULL },
#define FUNCTION1(name) { ABI_FUNCTION, #name, 0, NULL, call_##name },
#define FUNCTION2(name) FUNCTION1(name)
#define TYPE(type)      { ABI_SIZE, #type, sizeof(type), NULL, NULL },
#define OFFSET(type, field) \
	{ ABI_OFFSET, #type "." #field, offsetof(type, field), NULL, NULL },
/* The names are spelled here, where no macro has replaced them yet. */
#define FIELD(type, field)                                                   \
	{ ABI_OFFSET, #type "." #field, offsetof(type, field), NULL, NULL }, \
		{ ABI_SIZE, #type "." #field, sizeof(((type *)0)->field),    \
		  NULL, NULL },

const struct abi_entry ABI_TABLE[] = {
#include "abi-list.h"
	{ ABI_END, NULL, 0, NULL, NULL },
};
