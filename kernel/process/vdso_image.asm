; The vDSO as bytes in the kernel. Its frames are mapped into every process, so
; nothing else may lie in them: whole pages, zeros behind the image.

section .vdso_image progbits alloc noexec nowrite align=4096

global vdso_image_start, vdso_image_end

vdso_image_start:
	incbin "vdso.so"
	align 4096, db 0
vdso_image_end:

section .note.GNU-stack noalloc noexec nowrite progbits
