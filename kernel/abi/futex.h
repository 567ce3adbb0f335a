/*
 * Futexes, and the list of robust ones that a thread leaves behind.
 */
#ifndef KERNEL_ABI_FUTEX_H
#define KERNEL_ABI_FUTEX_H

#include <stdint.h>

#define FUTEX_WAIT             0
#define FUTEX_WAKE             1
#define FUTEX_FD               2
#define FUTEX_REQUEUE          3
#define FUTEX_CMP_REQUEUE      4
#define FUTEX_LOCK_PI          6
#define FUTEX_UNLOCK_PI        7
#define FUTEX_TRYLOCK_PI       8
#define FUTEX_WAIT_BITSET      9
#define FUTEX_WAKE_BITSET      10
#define FUTEX_PRIVATE_FLAG     128
#define FUTEX_CLOCK_REALTIME   256
#define FUTEX_CMD_MASK         (~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME))
#define FUTEX_BITSET_MATCH_ANY 0xffffffff

/* The word of a robust or priority-inheriting futex. */
#define FUTEX_WAITERS    0x80000000
#define FUTEX_OWNER_DIED 0x40000000
#define FUTEX_TID_MASK   0x3fffffff

struct robust_list {
	uint64_t next; /* address of the next one; the head's: the end */
};

struct robust_list_head {
	struct robust_list list;
	int64_t futex_offset;     /* from an entry to its futex word */
	uint64_t list_op_pending; /* entry being taken or released */
};

#define ROBUST_LIST_LIMIT 2048

#endif
