/*
 * The table of kernel/abi/, for test_abi.c.
 */
#include "tests/host/test_abi.h"

#define ABI_INCLUDES
#include "abi-list.h"
#undef ABI_INCLUDES

#define ABI_OURS
#define ABI_TABLE abi_ours
#include "tests/host/test_abi_table.h"
