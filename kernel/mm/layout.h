/*
 * The address space, from bottom to top (4-level paging, SDM 3A 4.5):
 *
 *   0000 0000 0000 0000   user: program, heap, mappings, stack, [vvar] [vdso]
 *   0000 7fff ffff f000   USER_END: the last page stays empty, so that no
 *                         SYSCALL can stand at the edge of the canonical half
 *   ffff 8880 0000 0000   DIRECT_MAP: all RAM, writable, never executable
 *   ffff c900 0000 0000   VMAP: kernel stacks and device registers
 *   ffff ea00 0000 0000   FRAME_TABLE: one struct frame for each frame of RAM
 *   ffff ffff 8000 0000   KERNEL_OFFSET: the kernel's image, in the top 2 GiB
 *
 * The linker script includes this file and nasm gets its values through
 * asm-offsets.c, so it holds plain numbers only.
 */
#ifndef KERNEL_MM_LAYOUT_H
#define KERNEL_MM_LAYOUT_H

#define USER_END 0x00007ffffffff000
#define USER_MIN 0x10000 /* vm.mmap_min_addr: nothing is mapped below */

#define DIRECT_MAP  0xffff888000000000
#define VMAP_START  0xffffc90000000000
#define VMAP_END    0xffffc98000000000 /* 512 GiB: one slot of the top level */
#define FRAME_TABLE 0xffffea0000000000

#define KERNEL_OFFSET 0xffffffff80000000
#define KERNEL_LOAD   0x100000 /* where the loader puts the image: 1 MiB */

#define KERNEL_STACK_SIZE 0x4000

#endif
