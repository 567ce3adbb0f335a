/*
 * Lab 3: what the starter has in the place of these functions.
 */

/*
 * A program has touched the data page, and no page is there yet. Sets *frame
 * to the physical address of the frame that is to be seen at `address`, and
 * *owned to whether the area owns it (then it may be written, and is given to
 * nobody else). Returns 0, or -errno: the program gets a SIGSEGV.
 */
static int fault_vvar(struct area *area, uaddr_t address, paddr_t *frame,
		      bool *owned)
{
	(void)area, (void)address, (void)frame, (void)owned;
	return -EFAULT;
}

int arch_setup_additional_pages(struct space *space)
{
	size_t size = VVAR_SIZE + image_size();
	uaddr_t vvar, vdso;
	int error;

	if (!vdso_enabled)
		return 0;
	vvar = choose_place(space->stack_top, size);
	vdso = vvar + VVAR_SIZE;

	/* The first protection is the page's, the second the most that
	 * mprotect() may ever give to it. */
	error = space_map(space, vvar, VVAR_SIZE, PROT_NONE, PROT_NONE,
			  AREA_SPECIAL, &vvar_ops, NULL, 0);
	if (!error)
		error = space_map(space, vdso, image_size(),
				  PROT_READ | PROT_EXEC,
				  PROT_READ | PROT_WRITE | PROT_EXEC,
				  AREA_SPECIAL, &image_ops, NULL, 0);
	if (!error)
		space->vdso = vdso;
	return error;
}
