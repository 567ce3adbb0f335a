/*
 * ELF64 for x86_64, as the System V ABI defines it: what the program loader,
 * the vDSO, the symbol finder and the dynamic linker read.
 */
#ifndef KERNEL_ABI_ELF_H
#define KERNEL_ABI_ELF_H

#include <stdint.h>

/* The file's header. */
#define EI_NIDENT 16

typedef struct {
	unsigned char e_ident[EI_NIDENT];
	uint16_t e_type;    /* ET_* */
	uint16_t e_machine; /* EM_* */
	uint32_t e_version; /* EV_CURRENT */
	uint64_t e_entry;   /* first instruction */
	uint64_t e_phoff;   /* program headers, offset in the file */
	uint64_t e_shoff;   /* section headers, offset in the file */
	uint32_t e_flags;
	uint16_t e_ehsize;
	uint16_t e_phentsize;
	uint16_t e_phnum;
	uint16_t e_shentsize;
	uint16_t e_shnum;
	uint16_t e_shstrndx; /* section of the section names */
} Elf64_Ehdr;

#define EI_MAG0       0
#define EI_MAG1       1
#define EI_MAG2       2
#define EI_MAG3       3
#define EI_CLASS      4
#define EI_DATA       5
#define EI_VERSION    6
#define EI_OSABI      7
#define EI_ABIVERSION 8

#define ELFMAG0 0x7f
#define ELFMAG1 'E'
#define ELFMAG2 'L'
#define ELFMAG3 'F'
#define ELFMAG  "\177ELF"
#define SELFMAG 4

#define ELFCLASS64     2
#define ELFDATA2LSB    1
#define EV_CURRENT     1
#define ELFOSABI_SYSV  0
#define ELFOSABI_LINUX 3

#define ET_NONE 0
#define ET_REL  1
#define ET_EXEC 2
#define ET_DYN  3
#define ET_CORE 4

#define EM_386    3
#define EM_X86_64 62

/* Program headers: what to map. */
typedef struct {
	uint32_t p_type;   /* PT_* */
	uint32_t p_flags;  /* PF_* */
	uint64_t p_offset; /* in the file */
	uint64_t p_vaddr;
	uint64_t p_paddr;
	uint64_t p_filesz; /* bytes in the file */
	uint64_t p_memsz;  /* bytes in memory; the rest is zero */
	uint64_t p_align;  /* 0, 1 or a power of two */
} Elf64_Phdr;

#define PT_NULL         0
#define PT_LOAD         1
#define PT_DYNAMIC      2
#define PT_INTERP       3
#define PT_NOTE         4
#define PT_SHLIB        5
#define PT_PHDR         6
#define PT_TLS          7
#define PT_GNU_EH_FRAME 0x6474e550
#define PT_GNU_STACK    0x6474e551
#define PT_GNU_RELRO    0x6474e552
#define PT_GNU_PROPERTY 0x6474e553

#define PF_X 1
#define PF_W 2
#define PF_R 4

/* Section headers: for linkers and debuggers. */
typedef struct {
	uint32_t sh_name; /* offset in the section e_shstrndx */
	uint32_t sh_type; /* SHT_* */
	uint64_t sh_flags;
	uint64_t sh_addr;
	uint64_t sh_offset;
	uint64_t sh_size;
	uint32_t sh_link;
	uint32_t sh_info;
	uint64_t sh_addralign;
	uint64_t sh_entsize;
} Elf64_Shdr;

#define SHT_NULL        0
#define SHT_PROGBITS    1
#define SHT_SYMTAB      2
#define SHT_STRTAB      3
#define SHT_RELA        4
#define SHT_HASH        5
#define SHT_DYNAMIC     6
#define SHT_NOTE        7
#define SHT_NOBITS      8
#define SHT_DYNSYM      11
#define SHT_GNU_HASH    0x6ffffff6
#define SHT_GNU_verdef  0x6ffffffd
#define SHT_GNU_verneed 0x6ffffffe
#define SHT_GNU_versym  0x6fffffff

#define SHF_WRITE     0x1
#define SHF_ALLOC     0x2
#define SHF_EXECINSTR 0x4

/* Symbols. */
typedef struct {
	uint32_t st_name; /* offset in the string table */
	unsigned char st_info;
	unsigned char st_other;
	uint16_t st_shndx;
	uint64_t st_value;
	uint64_t st_size;
} Elf64_Sym;

#define ELF64_ST_BIND(info)        ((unsigned char)(info) >> 4)
#define ELF64_ST_TYPE(info)        ((info) & 0xf)
#define ELF64_ST_INFO(bind, type)  (((bind) << 4) + ((type) & 0xf))
#define ELF64_ST_VISIBILITY(other) ((other) & 3)

#define STN_UNDEF 0

#define SHN_UNDEF  0
#define SHN_ABS    0xfff1
#define SHN_COMMON 0xfff2

#define STB_LOCAL      0
#define STB_GLOBAL     1
#define STB_WEAK       2
#define STB_GNU_UNIQUE 10

#define STT_NOTYPE    0
#define STT_OBJECT    1
#define STT_FUNC      2
#define STT_SECTION   3
#define STT_FILE      4
#define STT_COMMON    5
#define STT_TLS       6
#define STT_GNU_IFUNC 10

#define STV_DEFAULT   0
#define STV_INTERNAL  1
#define STV_HIDDEN    2
#define STV_PROTECTED 3

/* The dynamic section. */
typedef struct {
	int64_t d_tag; /* DT_* */
	union {
		uint64_t d_val;
		uint64_t d_ptr;
	} d_un;
} Elf64_Dyn;

#define DT_NULL            0
#define DT_NEEDED          1
#define DT_PLTRELSZ        2
#define DT_PLTGOT          3
#define DT_HASH            4
#define DT_STRTAB          5
#define DT_SYMTAB          6
#define DT_RELA            7
#define DT_RELASZ          8
#define DT_RELAENT         9
#define DT_STRSZ           10
#define DT_SYMENT          11
#define DT_INIT            12
#define DT_FINI            13
#define DT_SONAME          14
#define DT_RPATH           15
#define DT_SYMBOLIC        16
#define DT_REL             17
#define DT_RELSZ           18
#define DT_RELENT          19
#define DT_PLTREL          20
#define DT_DEBUG           21
#define DT_TEXTREL         22
#define DT_JMPREL          23
#define DT_BIND_NOW        24
#define DT_INIT_ARRAY      25
#define DT_FINI_ARRAY      26
#define DT_INIT_ARRAYSZ    27
#define DT_FINI_ARRAYSZ    28
#define DT_RUNPATH         29
#define DT_FLAGS           30
#define DT_PREINIT_ARRAY   32
#define DT_PREINIT_ARRAYSZ 33
#define DT_RELRSZ          35
#define DT_RELR            36
#define DT_RELRENT         37
#define DT_GNU_HASH        0x6ffffef5
#define DT_VERSYM          0x6ffffff0
#define DT_RELACOUNT       0x6ffffff9
#define DT_FLAGS_1         0x6ffffffb
#define DT_VERDEF          0x6ffffffc
#define DT_VERDEFNUM       0x6ffffffd
#define DT_VERNEED         0x6ffffffe
#define DT_VERNEEDNUM      0x6fffffff

#define DF_ORIGIN     0x1
#define DF_SYMBOLIC   0x2
#define DF_TEXTREL    0x4
#define DF_BIND_NOW   0x8
#define DF_STATIC_TLS 0x10
#define DF_1_NOW      0x1
#define DF_1_NODELETE 0x8
#define DF_1_PIE      0x08000000

/* Relocations. */
typedef struct {
	uint64_t r_offset;
	uint64_t r_info;
	int64_t r_addend;
} Elf64_Rela;

#define ELF64_R_SYM(info)       ((info) >> 32)
#define ELF64_R_TYPE(info)      ((info) & 0xffffffff)
#define ELF64_R_INFO(sym, type) (((uint64_t)(sym) << 32) + (type))

#define R_X86_64_NONE      0
#define R_X86_64_64        1
#define R_X86_64_PC32      2
#define R_X86_64_COPY      5
#define R_X86_64_GLOB_DAT  6
#define R_X86_64_JUMP_SLOT 7
#define R_X86_64_RELATIVE  8
#define R_X86_64_DTPMOD64  16
#define R_X86_64_DTPOFF64  17
#define R_X86_64_TPOFF64   18
#define R_X86_64_TLSDESC   36
#define R_X86_64_IRELATIVE 37

/* Symbol versions: one Elf64_Half a symbol in DT_VERSYM, … */
#define VER_NDX_LOCAL  0
#define VER_NDX_GLOBAL 1
#define VERSYM_HIDDEN  0x8000
#define VERSYM_VERSION 0x7fff

/* … an index into the definitions (of this object) … */
typedef struct {
	uint16_t vd_version; /* VER_DEF_CURRENT */
	uint16_t vd_flags;   /* VER_FLG_* */
	uint16_t vd_ndx;     /* this definition's index */
	uint16_t vd_cnt;     /* number of Elf64_Verdaux */
	uint32_t vd_hash;    /* System V hash of the name */
	uint32_t vd_aux;     /* bytes from here to the first of them */
	uint32_t vd_next;    /* bytes to the next definition, 0: last */
} Elf64_Verdef;

typedef struct {
	uint32_t vda_name; /* offset in the string table */
	uint32_t vda_next;
} Elf64_Verdaux;

#define VER_DEF_CURRENT 1
#define VER_FLG_BASE    1
#define VER_FLG_WEAK    2

/* … and of the objects that it needs. */
typedef struct {
	uint16_t vn_version; /* VER_NEED_CURRENT */
	uint16_t vn_cnt;     /* number of Elf64_Vernaux */
	uint32_t vn_file;    /* offset in the string table: the file's name */
	uint32_t vn_aux;
	uint32_t vn_next;
} Elf64_Verneed;

typedef struct {
	uint32_t vna_hash;
	uint16_t vna_flags;
	uint16_t vna_other; /* the index used in DT_VERSYM */
	uint32_t vna_name;
	uint32_t vna_next;
} Elf64_Vernaux;

#define VER_NEED_CURRENT 1

/* Notes: this header, the name and the description, each padded to 4. */
typedef struct {
	uint32_t n_namesz;
	uint32_t n_descsz;
	uint32_t n_type;
} Elf64_Nhdr;

#define NT_GNU_ABI_TAG  1
#define NT_GNU_BUILD_ID 3

/* The auxiliary vector, above the environment on a new program's stack. */
typedef struct {
	uint64_t a_type; /* AT_*, see auxv.h */
	union {
		uint64_t a_val;
	} a_un;
} Elf64_auxv_t;

#endif
