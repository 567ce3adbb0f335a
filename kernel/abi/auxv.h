/*
 * Types of the auxiliary vector's entries; the entry itself is Elf64_auxv_t
 * of elf.h.
 */
#ifndef KERNEL_ABI_AUXV_H
#define KERNEL_ABI_AUXV_H

#define AT_NULL          0 /* the end */
#define AT_IGNORE        1
#define AT_EXECFD        2
#define AT_PHDR          3 /* address of the program headers */
#define AT_PHENT         4
#define AT_PHNUM         5
#define AT_PAGESZ        6
#define AT_BASE          7 /* address of the dynamic linker, or 0 */
#define AT_FLAGS         8
#define AT_ENTRY         9 /* the program's own entry */
#define AT_NOTELF        10
#define AT_UID           11
#define AT_EUID          12
#define AT_GID           13
#define AT_EGID          14
#define AT_PLATFORM      15 /* string: "x86_64" */
#define AT_HWCAP         16 /* EDX of CPUID leaf 1 */
#define AT_CLKTCK        17 /* of times(): 100 */
#define AT_SECURE        23
#define AT_BASE_PLATFORM 24
#define AT_RANDOM        25 /* 16 random bytes */
#define AT_HWCAP2        26
#define AT_EXECFN        31 /* string: the path as given to execve */
#define AT_SYSINFO       32
#define AT_SYSINFO_EHDR  33 /* the vDSO's ELF header */
#define AT_MINSIGSTKSZ   51

#endif
