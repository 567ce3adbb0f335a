/*
 * What the compiler calls where the C standard gives no meaning, in a build
 * with UBSAN=1 (-fsanitize=undefined): the place, and an end. Each handler's
 * first argument begins with the place; what follows differs and is not used.
 */
#include <stdint.h>

#include "kernel/cpu/kprintf.h"

struct place {
	const char *file;
	uint32_t line, column;
};

#define HANDLER(name, sentence)                                             \
	void __ubsan_handle_##name(const struct place *place);              \
	void __ubsan_handle_##name(const struct place *place)               \
	{                                                                   \
		panic("%s:%u: undefined behaviour: " sentence, place->file, \
		      place->line);                                         \
	}

HANDLER(add_overflow, "a sum overflows")
HANDLER(sub_overflow, "a difference overflows")
HANDLER(mul_overflow, "a product overflows")
HANDLER(negate_overflow, "a negation overflows")
HANDLER(divrem_overflow, "a division by zero, or one that overflows")
HANDLER(shift_out_of_bounds, "a shift by too many bits")
HANDLER(out_of_bounds, "an index beyond the array")
HANDLER(type_mismatch_v1, "a pointer that is NULL or misaligned")
HANDLER(pointer_overflow, "pointer arithmetic leaves the object")
HANDLER(load_invalid_value, "a bool or enum holds what it cannot")
HANDLER(vla_bound_not_positive, "an array of no size")
HANDLER(nonnull_arg, "NULL where the function must not get it")
HANDLER(nonnull_return_v1, "NULL where the function must not return it")
HANDLER(invalid_builtin, "a bit search in zero")
HANDLER(builtin_unreachable, "a place that cannot be reached")
HANDLER(missing_return, "a function ends without its value")
