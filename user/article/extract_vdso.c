/*
 * extract_vdso.c, the article's Listing 1, with the lines that its web page
 * has lost.  The region is best called "[vdso]": the bare word finds the path
 * of this program first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	char buf[256], *mem;
	const char *range_name;
	FILE *rd, *wr;
	long long start_addr, end_addr;
	int found = 0;

	/* Open file for writing the vdso data to */
	if (argc != 3) {
		fprintf(stderr,
			"Usage: %s <file> <string>\n"
			"\t<file>:   File to write the vdso data to.\n"
			"\t<string>: Name of the mapped in region, e.g. vdso\n",
			argv[0]);
		return 1;
	}

	range_name = argv[2];

	if (!(wr = fopen(argv[1], "w"))) {
		perror("Error: fopen() - output file");
		return 1;
	}

	/* Get this process' memory layout */
	if (!(rd = fopen("/proc/self/maps", "r"))) {
		perror("Error: fopen() - /proc/self/maps");
		return 1;
	}
