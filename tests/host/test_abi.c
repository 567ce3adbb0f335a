/*
 * Linux's numbers and structures in kernel/abi/ against the system's own
 * headers: each constant, each type's size, each field's place and size,
 * each macro with arguments on many values.  What is compared is read from
 * our headers (abi_list.py), so nothing in them is left out.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <string.h>

#include "tests/host/test_abi.h"

#include <cmocka.h>

/* This kernel's own, or a fact that Linux's public headers do not state. */
static const char *const own[] = {
	"SYS_number_of_the_beast",
	"SYS32_number_of_the_beast",
	"MAX_ERRNO",
	"VERSYM_HIDDEN",
	"VERSYM_VERSION",
	"KERNEL_RELEASE",
	"KERNEL_VERSION",
};

static const struct abi_entry *find(const struct abi_entry *table,
				    const struct abi_entry *wanted)
{
	for (; table->kind != ABI_END; table++)
		if (table->kind == wanted->kind &&
		    !strcmp(table->name, wanted->name))
			return table;
	return NULL;
}

static int same_value(const struct abi_entry *ours,
		      const struct abi_entry *theirs)
{
	static const char *const what[] = {
		[ABI_CONSTANT] = "value",
		[ABI_SIZE] = "size",
		[ABI_OFFSET] = "offset",
	};

	if (ours->value == theirs->value)
		return 1;
	print_error("%s: %s is %#llx here, %#llx on this system\n", ours->name,
		    what[ours->kind], ours->value, theirs->value);
	return 0;
}

static int same_string(const struct abi_entry *ours,
		       const struct abi_entry *theirs)
{
	if (!strcmp(ours->string, theirs->string))
		return 1;
	print_error("%s is \"%s\" here, \"%s\" on this system\n", ours->name,
		    ours->string, theirs->string);
	return 0;
}

/* All arguments of 17 bits, and some spread over 64. */
static int same_function(const struct abi_entry *ours,
			 const struct abi_entry *theirs)
{
	for (long i = 0; i < 1 << 18; i++) {
		long x = i < 1 << 17 ? i : i * 0x1234567890ab;
		long y = x * 0x9e3779b9;

		if (ours->call(x, y) == theirs->call(x, y))
			continue;
		print_error("%s of (%#lx, %#lx) is %#lx here, %#lx on this "
			    "system\n",
			    ours->name, x, y, ours->call(x, y),
			    theirs->call(x, y));
		return 0;
	}
	return 1;
}

static int same(const struct abi_entry *ours, const struct abi_entry *theirs)
{
	if (ours->kind == ABI_STRING)
		return same_string(ours, theirs);
	if (ours->kind == ABI_FUNCTION)
		return same_function(ours, theirs);
	return same_value(ours, theirs);
}

/* Compares all of ours that is of one kind with either table. */
static void compare(enum abi_kind kind)
{
	const struct abi_entry *const tables[] = { abi_linux, abi_libc };
	int compared = 0;
	int wrong = 0;

	for (const struct abi_entry *e = abi_ours; e->kind != ABI_END; e++) {
		if (e->kind != kind)
			continue;
		for (int i = 0; i < 2; i++) {
			const struct abi_entry *theirs = find(tables[i], e);

			compared += theirs != NULL;
			wrong += theirs && !same(e, theirs);
		}
	}
	assert_int_equal(wrong, 0);
	assert_int_not_equal(compared, 0);
}

static void test_constants(void **state)
{
	(void)state;
	compare(ABI_CONSTANT);
	compare(ABI_STRING);
}

static void test_sizes(void **state)
{
	(void)state;
	compare(ABI_SIZE);
}

static void test_offsets(void **state)
{
	(void)state;
	compare(ABI_OFFSET);
}

static void test_functions(void **state)
{
	(void)state;
	compare(ABI_FUNCTION);
}

static int is_own(const char *name)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(name, own[i]))
			return 1;
	return 0;
}

/* Every entry has a counterpart, and what is exempt has none. */
static void test_nothing_left_out(void **state)
{
	int wrong = 0;

	(void)state;
	for (const struct abi_entry *e = abi_ours; e->kind != ABI_END; e++) {
		int found = find(abi_linux, e) || find(abi_libc, e);

		if (found != is_own(e->name))
			continue;
		wrong++;
		print_error("%s: %s\n", e->name,
			    found ? "exempt, yet the system has it"
				  : "the system's headers have no such name");
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_nothing_left_out),
	};

	return cmocka_run_group_tests_name("abi", tests, NULL, NULL);
}
