/*
 * extract_vdso.c, the article's Listing 1, with the lines that its web page
 * has lost.  The region is best called "[vdso]": the bare word finds the path
 * of this program first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

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
		return EXIT_FAILURE;
	}
	range_name = argv[2];
	if (!(wr = fopen(argv[1], "w")))
		fail("Error: fopen() - output file");

	/* Get this process' memory layout */
	if (!(rd = fopen("/proc/self/maps", "r")))
		fail("Error: fopen() - /proc/self/maps");

	/* Find the line in /proc/self/maps that contains
	   the substring [vdso] */
	while (!found && fgets(buf, sizeof(buf), rd))
		found = strstr(buf, range_name) != NULL;
	fclose(rd);
	if (!found) {
		fprintf(stderr, "Error: no region named %s\n", range_name);
		return EXIT_FAILURE;
	}

	/* Locate the end memory range for [vdso] */
	end_addr = strtoll((strchr(buf, '-') + 1), NULL, 16);
	/* Terminate the string so we can get the start
	   address really easily */
	*(strchr(buf, '-')) = '\0';
	start_addr = strtoll(buf, NULL, 16);

	/* Open up the memory page and extract the vdso */
	if (!(rd = fopen("/proc/self/mem", "r")))
		fail("Error: fopen() - /proc/self/mem");
	/* Hop to the vdso portion */
	fseek(rd, start_addr, SEEK_SET);
	/* Copy the memory locally and then move it to the file */
	mem = malloc(end_addr - start_addr);
	if (!mem || !fread(mem, 1, end_addr - start_addr, rd))
		fail("Error: read() - /proc/self/mem");

	/* Write the data to the specified output file */
	if (!fwrite(mem, 1, end_addr - start_addr, wr) || fclose(wr))
		fail("Error: fwrite() - output file");

	printf("Start: %p\nEnd:   %p\nBytes: %d\n", (void *)start_addr,
	       (void *)end_addr, (int)(end_addr - start_addr));
	return 0;
}
