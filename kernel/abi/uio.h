/*
 * Scattered buffers: readv, writev.
 */
#ifndef KERNEL_ABI_UIO_H
#define KERNEL_ABI_UIO_H

#include <stdint.h>

struct iovec {
	uint64_t iov_base; /* address */
	uint64_t iov_len;  /* bytes */
};

#endif
