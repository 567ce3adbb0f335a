/*
 * Where the vDSO comes to lie, over many executions: never twice in a row in
 * most cases, always on a page, spread evenly: at a fixed place it would be code
 * at a known address in every process.
 *
 *	entropy [EXECUTIONS]
 */
#include "kernel/abi/errno.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define EXECUTIONS 1000
#define PAGE       4096
#define BITS       64
#define BUCKETS    16

static const char *self;

/* A child executes this program again, which writes its vDSO's address. */
static uint64_t vdso_of_new_program(const int fds[2])
{
	char *const argv[] = { (char *)self, "child", NULL };
	uint64_t address = 0;
	int pid = call_fork();

	if (pid == 0) {
		call_dup2(fds[1], 1);
		call_execve(self, argv, environ);
		exit(1);
	}
	call_read(fds[0], &address, sizeof(address));
	call_wait4(pid, NULL, 0, NULL);
	return address;
}

static unsigned bits_in(uint64_t word)
{
	unsigned count = 0;

	for (; word; word &= word - 1)
		count++;
	return count;
}

int main(int argc, char **argv)
{
	uint64_t own = getauxval(AT_SYSINFO_EHDR), first = 0, last = 0;
	uint64_t changed = 0, any = 0;
	long executions = argc > 1 ? parse_number(argv[1]) : EXECUTIONS;
	long buckets[BUCKETS] = { 0 }, unaligned = 0, repeated = 0, fullest = 0;
	int fds[2];

	self = argv[0];
	if (argc == 2 && !strcmp(argv[1], "child"))
		return call_write(1, &own, sizeof(own)) != sizeof(own);
	if (!own) {
		skip("this machine maps none", "where the vDSO lies");
		return tap_done();
	}
	is(call_pipe2(fds, 0), 0, "a pipe");
	for (long i = 0; i < executions; i++) {
		uint64_t address = vdso_of_new_program(fds);

		first = first ? first : address;
		unaligned += address % PAGE != 0;
		repeated += address == last;
		changed |= address ^ first;
		any |= address;
		buckets[address / PAGE % BUCKETS]++;
		last = address;
	}
	for (int i = 0; i < BUCKETS; i++)
		fullest = buckets[i] > fullest ? buckets[i] : fullest;
	diag("%ld executions: %u bits of the address vary, from bit 12 on",
	     executions, bits_in(changed));
	is(unaligned, 0, "always on a page");
	ok(bits_in(changed) >= 11, "at least 11 bits vary (%u)",
	   bits_in(changed));
	ok(repeated <= executions / 100, "hardly ever the same twice in a row");
	ok(fullest <= 3 * executions / BUCKETS,
	   "no sixteenth of the pages is preferred (%ld)", fullest);
	ok(any >> 47 == 0, "in ring 3's half");
	return tap_done();
}
