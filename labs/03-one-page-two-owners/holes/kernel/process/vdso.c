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
