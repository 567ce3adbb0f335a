/* needs: memory procfs */
/*
 * /proc: the format of self/maps to the byte and that it tells the truth,
 * self/status, and, on Colonel, Syscalls: and /proc/sys/kernel/vnotb.
 */
#include "kernel/abi/errno.h"
#include "user/lib/file.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"
#include "user/lib/vsyscall.h"

#define PAGE  4096ul
#define VNOTB "/proc/sys/kernel/vnotb"

/* ---- /proc/self/maps -------------------------------------------------------- */

struct line {
	uint64_t start, end;
	char rights[5];
	char name[64];
};

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Reads a number of at least `least` digits; NULL if it is not one. */
static const char *hex(const char *s, int least, uint64_t *value)
{
	int digits = 0;

	for (*value = 0; s && is_hex(*s); s++, digits++)
		*value = *value * 16 + (*s <= '9' ? *s - '0' : *s - 'a' + 10);
	return digits >= least ? s : NULL;
}

static const char *expect(const char *s, char c)
{
	return s && *s == c ? s + 1 : NULL;
}

/*
 * Linux's columns: "start-end rwxp offset major:minor inode", and a name that
 * begins in column 73.  Returns the next line, or NULL for a bad one.
 */
static const char *parse_line(const char *s, struct line *line)
{
	const char *begin = s, *end = strchr(s, '\n');
	uint64_t unused;

	memset(line, 0, sizeof(*line));
	s = expect(hex(s, 8, &line->start), '-');
	s = expect(hex(s, 8, &line->end), ' ');
	if (!s || !end)
		return NULL;
	memcpy(line->rights, s, 4);
	s = expect(hex(expect(s + 4, ' '), 8, &unused), ' ');
	s = expect(hex(s, 2, &unused), ':');
	s = expect(hex(s, 2, &unused), ' ');
	if (!s || *s < '0' || *s > '9')
		return NULL;
	while (*s >= '0' && *s <= '9')
		s++;
	s = expect(s, ' ');
	if (!s || s == end)
		return s ? end + 1 : NULL;
	if (end - begin <= 73)
		return NULL;
	for (; s < begin + 73; s++)
		if (*s != ' ')
			return NULL;
	for (int i = 0; s + i < end && i < 63; i++)
		line->name[i] = s[i];
	return end + 1;
}

static bool find_line(uint64_t address, struct line *line)
{
	char *maps;
	bool found = false;

	if (file_load("/proc/self/maps", &maps) < 0)
		return false;
	for (const char *s = maps; s && *s && !found;) {
		s = parse_line(s, line);
		found = s && line->start <= address && address < line->end;
	}
	file_drop(maps);
	return found;
}

static void test_format(void)
{
	char *maps;
	long len = file_load("/proc/self/maps", &maps);
	struct line line;
	uint64_t last = 0;
	int bad = 0, unsorted = 0, unaligned = 0, wx = 0;

	ok(len > 0, "/proc/self/maps can be read");
	for (const char *s = maps; s && *s;) {
		s = parse_line(s, &line);
		bad += !s;
		unsorted += line.start < last || line.end <= line.start;
		unaligned += (line.start | line.end) % PAGE != 0;
		wx += line.rights[1] == 'w' && line.rights[2] == 'x';
		last = line.end;
	}
	is(bad, 0, "each line has Linux's columns");
	is(unsorted, 0, "they are sorted and do not overlap");
	is(unaligned, 0, "and of whole pages");
	is(wx, 0, "nothing is writable and executable");
	file_drop(maps);
}

static void check_area(const void *address, const char *rights,
		       const char *name, const char *what)
{
	struct line line;

	if (!ok(find_line((uint64_t)address, &line), "%s is listed", what))
		return;
	ok(!strcmp(line.rights, rights), "%s is %s", what, rights);
	if (name &&
	    !ok(!strcmp(line.name, name), "%s is called %s", what, name))
		diag("it is called '%s'", line.name);
}

static const int constant = 1;
static int variable = 1;

static void test_areas(void)
{
	int local;
	char *heap = (char *)call_brk(NULL);

	call_brk(heap + PAGE);
	check_area((void *)test_areas, "r-xp", NULL, "code");
	check_area(&constant, "r--p", NULL, "read-only data");
	check_area(&variable, "rw-p", NULL, "data");
	check_area(heap, "rw-p", "[heap]", "the heap");
	check_area(&local, "rw-p", "[stack]", "the stack");
	call_brk(heap);
	if (getauxval(AT_SYSINFO_EHDR)) {
		check_area((void *)getauxval(AT_SYSINFO_EHDR), "r-xp", "[vdso]",
			   "the vDSO");
	}
}

/* Maps, changes and unmaps, and looks at the list each time. */
static void test_follows(void)
{
	/* where nothing else is put, not what the list is read into either */
	char *mem = call_mmap((void *)0x100000000000, 5 * PAGE, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct line line;

	check_area(mem, "---p", NULL, "a mapping without rights");
	call_mprotect(mem + 2 * PAGE, PAGE, PROT_READ | PROT_EXEC);
	find_line((uint64_t)mem + 2 * PAGE, &line);
	ok(line.start == (uint64_t)mem + 2 * PAGE &&
		   line.end == (uint64_t)mem + 3 * PAGE,
	   "a page with other rights is a line of its own");
	ok(!strcmp(line.rights, "r-xp"), "with these rights");
	call_mprotect(mem + 2 * PAGE, PAGE, PROT_NONE);
	find_line((uint64_t)mem + 2 * PAGE, &line);
	ok(line.start <= (uint64_t)mem && line.end >= (uint64_t)mem + 5 * PAGE,
	   "the same rights again: one line");
	call_munmap(mem + PAGE, PAGE);
	ok(!find_line((uint64_t)mem + PAGE, &line), "a hole is not listed");
	ok(find_line((uint64_t)mem, &line), "what is left is");
	call_munmap(mem, 5 * PAGE);
	ok(!find_line((uint64_t)mem, &line), "then it is gone");
}

/* A file read in small pieces gives the same as in one. */
static void test_pieces(void)
{
	static char whole[16384], pieces[16384];
	long fd = call_open("/proc/self/maps", O_RDONLY, 0), n, len = 0,
	     total = 0;

	while ((n = call_read(fd, whole + total, sizeof(whole) - total)) > 0)
		total += n;
	is(call_lseek(fd, 0, SEEK_SET), 0, "lseek to the start");
	while ((n = call_read(fd, pieces + len, 7)) > 0)
		len += n;
	is(len, total, "read in pieces of 7 bytes it is as long");
	ok(!memcmp(whole, pieces, len), "and the same");
	is(call_write(fd, "x", 1), -EBADF, "it cannot be written");
	call_close(fd);
	ok(call_open("/proc/self/nothing", O_RDONLY, 0) == -ENOENT,
	   "what is not there");
}

/* ---- /proc/self/status ------------------------------------------------------ */

/* The number behind `key`, or -errno. */
static long status_number(const char *key)
{
	char *status, *line;
	long number = -ENOENT, len = file_load("/proc/self/status", &status);

	if (len < 0)
		return len;
	line = strstr(status, key);
	if (line) {
		line += strlen(key);
		while (*line == '\t' || *line == ' ')
			line++;
		for (number = 0; *line >= '0' && *line <= '9'; line++)
			number = number * 10 + *line - '0';
	}
	file_drop(status);
	return number;
}

static void test_status(void)
{
	is(status_number("\nPid:"), call_getpid(), "Pid: in /proc/self/status");
	is(status_number("\nPPid:"), call_getppid(), "PPid:");

	char *status;
	long len = file_load("/proc/self/status", &status);

	ok(len > 0 && !strncmp(status, "Name:\tproc_files\n", 17),
	   "Name: is the program's");
	file_drop(status);
}

static void test_syscalls_counted(void)
{
	if (!on_colonel()) {
		skip("Linux does not count", "Syscalls:");
		return;
	}
	long first = status_number("\nSyscalls:");
	long second = status_number("\nSyscalls:");
	long asking = second - first;

	ok(asking > 2 && asking < 20, "asking costs %ld calls", asking);
	second = status_number("\nSyscalls:");
	for (int i = 0; i < 1000; i++)
		syscall(SYS_getppid);
	is(status_number("\nSyscalls:") - second - asking, 1000,
	   "a thousand calls are counted");
	second = status_number("\nSyscalls:");
	for (int i = 0; i < 1000; i++)
		number_of_the_beast();
	if (__vdso_number_of_the_beast)
		is(status_number("\nSyscalls:") - second - asking, 0,
		   "a thousand reads of the beast are none");
}

/* ---- /proc/sys/kernel/vnotb -------------------------------------------------- */

static long set_vnotb(const char *text)
{
	long fd = call_open(VNOTB, O_WRONLY, 0);
	long result = fd < 0 ? fd : call_write(fd, text, strlen(text));

	if (fd >= 0)
		call_close(fd);
	return result;
}

/* What the kernel writes at each tick: wait for the next two. */
static void wait_for_tick(void)
{
	const struct timespec two_ticks = { 0, 10000000 };

	call_nanosleep(&two_ticks, NULL);
}

static void accepts(const char *text, int value)
{
	is(set_vnotb(text), strlen(text), "vnotb is set to %d", value);
	wait_for_tick();
	is(number_of_the_beast(), value, "the vDSO reads %d", value);
	is(syscall(SYS_number_of_the_beast), value, "and system call 666");
}

static void test_vnotb(void)
{
	static const char *const refused[] = {
		"",
		"\n",
		"x",
		"42x",
		"4 2",
		"2147483648",
		"-2147483649",
		"-1",
		"-38",
		"-4095",
		"99999999999999999999",
		"0x",
		"--1",
	};
	char *text;

	if (!on_colonel()) {
		skip("Linux has no beast", VNOTB);
		return;
	}
	long len = file_load(VNOTB, &text);

	ok(len > 1 && text[len - 1] == '\n', "vnotb is read as a line");
	text[len - 1] = '\0';
	is(parse_number(text), number_of_the_beast(), "of its value");
	file_drop(text);
	accepts("42\n", 42);
	accepts("7", 7);
	accepts("0\n", 0);
	accepts("2147483647\n", 2147483647);
	accepts("-4096\n", -4096);
	accepts("-2147483648\n", -2147483647 - 1);
	accepts("666\n", 666);
	for (unsigned i = 1; i < sizeof(refused) / sizeof(refused[0]); i++)
		is(set_vnotb(refused[i]), -EINVAL, "'%s' is refused",
		   refused[i][0] == '\n' ? "an empty line" : refused[i]);
	wait_for_tick();
	is(number_of_the_beast(), 666, "and changes nothing");
}

int main(void)
{
	test_format();
	test_areas();
	test_follows();
	test_pieces();
	test_status();
	test_syscalls_counted();
	test_vnotb();
	return tap_done();
}
