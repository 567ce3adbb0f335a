"""What tools/see is made of: the kernel as its memory shows it (dwarf, kernel,
frames), the pictures (picture, views), the machine and the page (machine,
server)."""
