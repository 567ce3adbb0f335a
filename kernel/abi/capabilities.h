/*
 * What the vDSO's capabilities() returns: what this kernel can do, in one
 * word.  Bits that are not named here read as 0.
 */
#ifndef KERNEL_ABI_CAPABILITIES_H
#define KERNEL_ABI_CAPABILITIES_H

#define CAPABILITY_CLOCK  0x1 /* the vDSO interpolates between ticks */
#define CAPABILITY_RDTSCP 0x2 /* it reads the counter by rdtscp */
#define CAPABILITY_RDPID  0x4 /* getcpu by rdpid, else by lsl */

/* Ticks a second, from bits 16 to 31. */
#define CAPABILITY_HZ(word) ((word) >> 16 & 0xffff)
#define CAPABILITY_HZ_SHIFT 16

#endif
