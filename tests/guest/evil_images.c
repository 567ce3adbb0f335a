/*
 * Damaged programs: each is a good image with one thing spoilt.  execve must
 * refuse it, or the process must die; the caller is unharmed, and the kernel.
 */
#include "kernel/abi/errno.h"
#include "tests/guest/image.h"
#include "user/lib/start.h"
#include "user/lib/tap.h"

#define PATH         "/tmp/evil_images.program"
#define COUNT(array) (sizeof(array) / sizeof(array[0]))

/* mov edi, 42; mov eax, SYS_exit; syscall */
static const unsigned char exit_42[] = { 0xbf, 0x2a, 0, 0, 0,    0xb8,
					 0x3c, 0,    0, 0, 0x0f, 0x05 };

/* What may come of it. */
enum fate {
	RUNS = 1,    /* exit status 42 */
	NOEXEC = 2,  /* execve: -ENOEXEC */
	REFUSED = 4, /* execve: another error */
	DIES = 8,    /* by a signal */
	BAD = REFUSED | DIES | NOEXEC,
	ANY = RUNS | BAD,
};

struct damage {
	const char *name;
	void (*spoil)(struct image *image);
	int fates;
};

#define FIELD(function, statement)            \
	static void function(struct image *i) \
	{                                     \
		Elf64_Ehdr *h = &i->header;   \
		Elf64_Phdr *s = i->segment;   \
		(void)h, (void)s;             \
		statement;                    \
	}

FIELD(nothing, (void)0)

/* The header. */
FIELD(bad_magic, h->e_ident[EI_MAG0] = 0x7e)
FIELD(bad_magic3, h->e_ident[EI_MAG3] = 'G')
FIELD(class_32, h->e_ident[EI_CLASS] = 1)
FIELD(big_endian, h->e_ident[EI_DATA] = 2)
FIELD(machine_386, h->e_machine = EM_386)
FIELD(machine_0, h->e_machine = 0)
FIELD(machine_arm, h->e_machine = 183)
FIELD(type_rel, h->e_type = ET_REL)
FIELD(type_core, h->e_type = ET_CORE)
FIELD(type_none, h->e_type = ET_NONE)
FIELD(type_odd, h->e_type = 0xffff)
FIELD(phentsize_0, h->e_phentsize = 0)
FIELD(phentsize_55, h->e_phentsize = 55)
FIELD(phentsize_max, h->e_phentsize = 0xffff)
FIELD(phnum_0, h->e_phnum = 0)
FIELD(phnum_max, h->e_phnum = 0xffff)
FIELD(phnum_1200, h->e_phnum = 1200)
FIELD(phoff_end, h->e_phoff = sizeof(struct image))
FIELD(phoff_far, h->e_phoff = 1ul << 40)
FIELD(phoff_negative, h->e_phoff = -56ul)
FIELD(phoff_minus_1, h->e_phoff = -1ul)
FIELD(phoff_max, h->e_phoff = 0x7fffffffffffffff)
FIELD(phoff_partly, h->e_phoff = sizeof(struct image) - 8)
FIELD(shoff_max, h->e_shoff = -1ul)
FIELD(shnum_max, h->e_shnum = 0xffff)

/* The entry. */
FIELD(entry_0, h->e_entry = 0)
FIELD(entry_outside, h->e_entry = 0x20000000)
FIELD(entry_noncanonical, h->e_entry = 1ul << 47)
FIELD(entry_noncanonical2, h->e_entry = 1ul << 63)
FIELD(entry_kernel, h->e_entry = 0xffffffff80000000)
FIELD(entry_last_page, h->e_entry = 0x7ffffffff000)
FIELD(entry_minus_1, h->e_entry = -1ul)
FIELD(entry_not_executable, s->p_flags = PF_R)

/* The segment. */
FIELD(no_load, s->p_type = PT_NOTE)
FIELD(null_type, s->p_type = PT_NULL)
FIELD(flags_0, s->p_flags = 0)
FIELD(flags_wx, s->p_flags = PF_R | PF_W | PF_X)
FIELD(flags_all, s->p_flags = 0xffffffff)
FIELD(filesz_over_memsz, s->p_filesz = s->p_memsz + 1)
FIELD(filesz_over_file, s->p_filesz = s->p_memsz = 1 << 20)
FIELD(filesz_max, s->p_filesz = s->p_memsz = -1ul)
FIELD(filesz_half, s->p_filesz = s->p_memsz = 1ul << 63)
FIELD(filesz_only_max, s->p_filesz = -1ul)
FIELD(filesz_0, s->p_filesz = 0)
FIELD(memsz_0, s->p_memsz = s->p_filesz = 0)
FIELD(memsz_100_tib, s->p_memsz = 100ul << 40)
FIELD(memsz_128_tib, s->p_memsz = 128ul << 40)
FIELD(memsz_max, s->p_memsz = -1ul)
FIELD(memsz_wraps, s->p_memsz = -IMAGE_BASE)
FIELD(memsz_wraps_page, s->p_memsz = -IMAGE_BASE - 1)
FIELD(offset_far, s->p_offset = 1ul << 40)
FIELD(offset_negative, s->p_offset = -4096ul)
FIELD(offset_page, s->p_offset = 4096)
FIELD(offset_wraps, s->p_offset = -4096ul; s->p_filesz = s->p_memsz = 8192)
FIELD(not_congruent, s->p_offset = 16)
FIELD(not_congruent2, s->p_vaddr += 8)
FIELD(vaddr_0, s->p_vaddr = 0; h->e_entry -= IMAGE_BASE)
FIELD(vaddr_1000, s->p_vaddr = 4096; h->e_entry += 4096 - IMAGE_BASE)
FIELD(vaddr_kernel, s->p_vaddr = 0xffffffff80000000)
FIELD(vaddr_half, s->p_vaddr = 0xffff800000000000)
FIELD(vaddr_noncanonical, s->p_vaddr = 1ul << 47)
FIELD(vaddr_noncanonical2, s->p_vaddr = 1ul << 62)
FIELD(vaddr_end, s->p_vaddr = 0x7ffffffff000)
FIELD(vaddr_over_end, s->p_vaddr = 0x7fffffffe000; s->p_memsz = 8192)
FIELD(vaddr_minus_page, s->p_vaddr = -4096ul)
FIELD(vaddr_wraps, s->p_vaddr = -4096ul; s->p_memsz = 8192)
FIELD(align_3, s->p_align = 3)
FIELD(align_0, s->p_align = 0)
FIELD(align_1, s->p_align = 1)
FIELD(align_huge, s->p_align = 1ul << 63)
FIELD(paddr_odd, s->p_paddr = -1ul)

/* Several segments. */
static void second(struct image *i, uint64_t vaddr, uint64_t memsz)
{
	i->header.e_phnum = 2;
	i->segment[1] = i->segment[0];
	i->segment[1].p_vaddr = vaddr;
	i->segment[1].p_filesz = 0;
	i->segment[1].p_memsz = memsz;
	i->segment[1].p_flags = PF_R | PF_W;
}

FIELD(twice, h->e_phnum = 2; s[1] = s[0])
FIELD(overlap_bss, second(i, IMAGE_BASE, 4096))
FIELD(unsorted, second(i, IMAGE_BASE - 65536, 4096))
FIELD(bss_apart, second(i, IMAGE_BASE + 65536, 65536))
FIELD(bss_100_tib, second(i, IMAGE_BASE + 65536, 100ul << 40))
FIELD(bss_kernel, second(i, 0xffffffff80000000, 4096))
FIELD(bss_wraps, second(i, IMAGE_BASE + 65536, -IMAGE_BASE))
FIELD(bss_read_only, second(i, IMAGE_BASE + 65536, 4096); s[1].p_flags = PF_R)
FIELD(over_stack, second(i, 0x7fff00000000, 0xfffff000))
FIELD(half_of_all, second(i, 0x20000000, 0x7fffd0000000))

/* A dynamic linker. */
static void interpreter(struct image *i, uint64_t offset, uint64_t size,
			const char *path)
{
	i->header.e_phnum = 2;
	i->segment[1] = (Elf64_Phdr){ .p_type = PT_INTERP,
				      .p_flags = PF_R,
				      .p_offset = offset,
				      .p_filesz = size,
				      .p_memsz = size };
	memcpy(i->code + 64, path, strlen(path) + 1);
}

#define AT_NAME    offsetof(struct image, code[64])
#define NAME(path) AT_NAME, sizeof(path), path

FIELD(interp_missing, interpreter(i, NAME("/nowhere")))
FIELD(interp_directory, interpreter(i, NAME("/tmp")))
FIELD(interp_device, interpreter(i, NAME("/dev/null")))
FIELD(interp_size_0, interpreter(i, AT_NAME, 0, "/nowhere"))
FIELD(interp_size_1, interpreter(i, AT_NAME, 1, ""))
FIELD(interp_no_end, interpreter(i, AT_NAME, 4, "/nowhere"))
FIELD(interp_long, interpreter(i, AT_NAME, 4097, "/nowhere"))
FIELD(interp_max, interpreter(i, AT_NAME, -1ul, "/nowhere"))
FIELD(interp_offset, interpreter(i, 1ul << 62, 9, "/nowhere"))
FIELD(interp_offset_max, interpreter(i, -8ul, 9, "/nowhere"))

/* Position independent. */
FIELD(pie, h->e_type = ET_DYN; s->p_vaddr = 0; h->e_entry -= IMAGE_BASE)
FIELD(pie_at_base, h->e_type = ET_DYN)
FIELD(pie_kernel, h->e_type = ET_DYN; s->p_vaddr = 0xffffffff80000000)
FIELD(pie_entry, h->e_type = ET_DYN; s->p_vaddr = 0; h->e_entry = 1ul << 46)
FIELD(pie_memsz, h->e_type = ET_DYN; s->p_vaddr = 0; s->p_memsz = 127ul << 40)
FIELD(pie_align, h->e_type = ET_DYN; s->p_vaddr = 0; h->e_entry -= IMAGE_BASE;
      s->p_align = 1ul << 21)
FIELD(pie_align_huge, h->e_type = ET_DYN; s->p_vaddr = 0;
      h->e_entry -= IMAGE_BASE; s->p_align = 1ul << 62)

#define DAMAGE(function, fates) { #function, function, fates }

static const struct damage damages[] = {
	DAMAGE(nothing, RUNS),
	DAMAGE(bad_magic, NOEXEC),
	DAMAGE(bad_magic3, NOEXEC),
	DAMAGE(class_32, ANY),
	DAMAGE(big_endian, ANY),
	DAMAGE(machine_386, BAD),
	DAMAGE(machine_0, NOEXEC),
	DAMAGE(machine_arm, NOEXEC),
	DAMAGE(type_rel, NOEXEC),
	DAMAGE(type_core, NOEXEC),
	DAMAGE(type_none, NOEXEC),
	DAMAGE(type_odd, NOEXEC),
	DAMAGE(phentsize_0, NOEXEC),
	DAMAGE(phentsize_55, NOEXEC),
	DAMAGE(phentsize_max, NOEXEC),
	DAMAGE(phnum_0, NOEXEC),
	DAMAGE(phnum_max, NOEXEC),
	DAMAGE(phnum_1200, BAD),
	DAMAGE(phoff_end, BAD),
	DAMAGE(phoff_far, BAD),
	DAMAGE(phoff_negative, BAD),
	DAMAGE(phoff_minus_1, BAD),
	DAMAGE(phoff_max, BAD),
	DAMAGE(phoff_partly, BAD),
	DAMAGE(shoff_max, RUNS),
	DAMAGE(shnum_max, RUNS),
	DAMAGE(entry_0, BAD),
	DAMAGE(entry_outside, BAD),
	DAMAGE(entry_noncanonical, BAD),
	DAMAGE(entry_noncanonical2, BAD),
	DAMAGE(entry_kernel, BAD),
	DAMAGE(entry_last_page, BAD),
	DAMAGE(entry_minus_1, BAD),
	DAMAGE(entry_not_executable, BAD),
	DAMAGE(no_load, BAD),
	DAMAGE(null_type, BAD),
	DAMAGE(flags_0, BAD),
	DAMAGE(flags_wx, ANY),
	DAMAGE(flags_all, ANY),
	DAMAGE(filesz_over_memsz, BAD),
	DAMAGE(filesz_over_file, ANY),
	DAMAGE(filesz_max, BAD),
	DAMAGE(filesz_half, BAD),
	DAMAGE(filesz_only_max, BAD),
	DAMAGE(filesz_0, BAD),
	DAMAGE(memsz_0, BAD),
	DAMAGE(memsz_100_tib, BAD),
	DAMAGE(memsz_128_tib, BAD),
	DAMAGE(memsz_max, BAD),
	DAMAGE(memsz_wraps, BAD),
	DAMAGE(memsz_wraps_page, BAD),
	DAMAGE(offset_far, BAD),
	DAMAGE(offset_negative, BAD),
	DAMAGE(offset_page, BAD),
	DAMAGE(offset_wraps, BAD),
	DAMAGE(not_congruent, BAD),
	DAMAGE(not_congruent2, BAD),
	DAMAGE(vaddr_0, ANY),
	DAMAGE(vaddr_1000, ANY),
	DAMAGE(vaddr_kernel, BAD),
	DAMAGE(vaddr_half, BAD),
	DAMAGE(vaddr_noncanonical, BAD),
	DAMAGE(vaddr_noncanonical2, BAD),
	DAMAGE(vaddr_end, BAD),
	DAMAGE(vaddr_over_end, BAD),
	DAMAGE(vaddr_minus_page, BAD),
	DAMAGE(vaddr_wraps, BAD),
	DAMAGE(align_3, ANY),
	DAMAGE(align_0, RUNS),
	DAMAGE(align_1, RUNS),
	DAMAGE(align_huge, ANY),
	DAMAGE(paddr_odd, RUNS),
	DAMAGE(twice, ANY),
	DAMAGE(overlap_bss, ANY),
	DAMAGE(unsorted, ANY),
	DAMAGE(bss_apart, RUNS),
	DAMAGE(bss_100_tib, BAD),
	DAMAGE(bss_kernel, BAD),
	DAMAGE(bss_wraps, BAD),
	DAMAGE(bss_read_only, RUNS),
	DAMAGE(over_stack, ANY),
	DAMAGE(half_of_all, BAD),
	DAMAGE(interp_missing, BAD),
	DAMAGE(interp_directory, BAD),
	DAMAGE(interp_device, BAD),
	DAMAGE(interp_size_0, NOEXEC),
	DAMAGE(interp_size_1, NOEXEC),
	DAMAGE(interp_no_end, NOEXEC),
	DAMAGE(interp_long, NOEXEC),
	DAMAGE(interp_max, NOEXEC),
	DAMAGE(interp_offset, BAD),
	DAMAGE(interp_offset_max, BAD),
	DAMAGE(pie, RUNS),
	DAMAGE(pie_at_base, ANY),
	DAMAGE(pie_kernel, BAD),
	DAMAGE(pie_entry, BAD),
	DAMAGE(pie_memsz, BAD),
	DAMAGE(pie_align, RUNS),
	DAMAGE(pie_align_huge, ANY),
};

#define EXEC_FAILED 100 /* exit status: this, or one more for ENOEXEC */

static int exec_image(void *unused)
{
	char *argv[] = { PATH, NULL };

	(void)unused;
	return EXEC_FAILED + (call_execve(PATH, argv, argv) == -ENOEXEC);
}

static int fate_of_exec(void)
{
	int status = in_child(exec_image, NULL);

	if (WIFSIGNALED(status))
		return DIES;
	switch (WEXITSTATUS(status)) {
	case 42:
		return RUNS;
	case EXEC_FAILED:
		return REFUSED;
	case EXEC_FAILED + 1:
		return NOEXEC;
	default:
		return 0;
	}
}

static const char *fate_name(int fate)
{
	return fate == RUNS      ? "runs"
	       : fate == NOEXEC  ? "is refused with ENOEXEC"
	       : fate == REFUSED ? "is refused"
	       : fate == DIES    ? "dies"
				 : "exits with another status";
}

static void test_damage(const struct damage *damage)
{
	struct image image;

	image_init(&image, exit_42, sizeof(exit_42));
	damage->spoil(&image);
	image_write(PATH, &image, sizeof(image), 0755);

	int fate = fate_of_exec();

	if (!ok(fate & damage->fates, "%s", damage->name))
		diag("it %s", fate_name(fate));
}

/* Cut off after each of its first bytes, then at every 16th. */
static void test_truncated(void)
{
	struct image image;
	int survived = 0, tried = 0;

	image_init(&image, exit_42, sizeof(exit_42));
	for (unsigned len = 0; len < offsetof(struct image, code);
	     len += len < 72 ? 1 : 16, tried++) {
		image_write(PATH, &image, len, 0755);
		survived += (fate_of_exec() & BAD) != 0;
	}
	is(survived, tried, "files that end early");
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Up to four bytes of the headers at random; the seed is fixed. */
static void test_random_damage(int rounds)
{
	uint32_t state = 666;
	int survived = 0;

	for (int i = 0; i < rounds; i++) {
		struct image image;
		unsigned char *bytes = (unsigned char *)&image;

		image_init(&image, exit_42, sizeof(exit_42));
		for (int n = next_random(&state) % 4; n >= 0; n--)
			bytes[next_random(&state) %
			      offsetof(struct image, segment[1])] =
				next_random(&state);
		image_write(PATH, &image, sizeof(image), 0755);
		survived += fate_of_exec() != 0;
	}
	is(survived, rounds, "headers with bytes changed at random");
}

int main(void)
{
	for (unsigned i = 0; i < COUNT(damages); i++)
		test_damage(&damages[i]);
	test_truncated();
	test_random_damage(200);
	test_damage(&damages[0]);
	call_unlink(PATH);
	return tap_done();
}
