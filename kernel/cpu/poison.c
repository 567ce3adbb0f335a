/* The byte of kernel/cpu/poison.h, in a build with ASSERT=1. */
#include "kernel/cpu/poison.h"

uint8_t poison_byte;
