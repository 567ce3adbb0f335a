/*
 * Chooses the vDSO's instructions by what the CPU can do, before its frames are
 * made read-only. The places to patch stand in a note of the image's own.
 */
#include "kernel/abi/elf.h"
#include "kernel/abi/patch.h"
#include "kernel/cpu/patch.h"
#include "kernel/lib/string.h"
#include "kernel/process/vdso.h"

/* Finds the list of places to patch among the notes in [note, end). Returns NULL
 * if it is not there. */
static const Elf64_Nhdr *find_patch_note(const char *note, const char *end)
{
	while (note < end) {
		const Elf64_Nhdr *header = (const Elf64_Nhdr *)note;
		const char *name = note + sizeof(*header);

		if (header->n_type == PATCH_NOTE_TYPE &&
		    header->n_namesz == sizeof(PATCH_NOTE_NAME) &&
		    memcmp(name, PATCH_NOTE_NAME, sizeof(PATCH_NOTE_NAME)) == 0)
			return header;
		note = name + ALIGN_UP(header->n_namesz, 4) +
		       ALIGN_UP(header->n_descsz, 4);
	}
	return NULL;
}

void vdso_patch(void)
{
	const Elf64_Ehdr *image = (const Elf64_Ehdr *)vdso_image_start;
	const Elf64_Phdr *header =
		(const Elf64_Phdr *)(vdso_image_start + image->e_phoff);

	for (unsigned i = 0; i < image->e_phnum; i++) {
		const char *notes = vdso_image_start + header[i].p_offset;
		const Elf64_Nhdr *note;
		const char *list;

		if (header[i].p_type != PT_NOTE)
			continue;
		note = find_patch_note(notes, notes + header[i].p_filesz);
		if (!note)
			continue;
		list = (const char *)(note + 1) + ALIGN_UP(note->n_namesz, 4);
		patch_apply((const struct patch *)list,
			    (const struct patch *)(list + note->n_descsz),
			    vdso_image_start, vdso_image_end);
	}
}
