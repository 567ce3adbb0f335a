/*
 * The vDSO's functions, called from a program: they exist under both names,
 * and each agrees with the system call that it stands for.
 */
#include "kernel/abi/capabilities.h"
#include "kernel/abi/errno.h"
#include "kernel/abi/syscall32.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"
#include "user/lib/vdso.h"
#include "user/lib/vsyscall.h"

#define ROUNDS 5000

static const int clocks[] = {
	CLOCK_REALTIME,
	CLOCK_MONOTONIC,
	CLOCK_MONOTONIC_RAW,
	CLOCK_REALTIME_COARSE,
	CLOCK_MONOTONIC_COARSE,
	CLOCK_BOOTTIME,
	CLOCK_TAI,
};

static const void *image;

/* ---- Symbols ------------------------------------------------------------- */

static void test_symbol(const char *name, bool linux_has_it)
{
	char full[40];

	if (!linux_has_it && !on_colonel()) {
		skip("Linux has none", "%s", name);
		return;
	}
	snprintf(full, sizeof(full), "__vdso_%s", name);

	char *address = vdso_symbol(image, full, "LINUX_2.6");

	ok(address > (char *)image && address < (char *)image + 65536,
	   "%s stands in the image", full);
	ok(vdso_symbol(image, name, "LINUX_2.6") == address,
	   "%s is the same function", name);
	ok(vdso_symbol(image, full, "LINUX_2.5") == NULL,
	   "%s has no other version", full);
}

static void test_symbols(void)
{
	test_symbol("clock_gettime", true);
	test_symbol("clock_getres", true);
	test_symbol("gettimeofday", true);
	test_symbol("time", true);
	test_symbol("getcpu", true);
	test_symbol("number_of_the_beast", false);
	test_symbol("capabilities", false);
	ok(vdso_symbol(image, "__vdso_clock_settime", "LINUX_2.6") == NULL,
	   "what is not there is not found");
}

/* ---- clock_gettime, clock_getres ----------------------------------------- */

static long call_clock_gettime(int clock, struct timespec *time)
{
	return syscall(SYS_clock_gettime, clock, time);
}

static bool before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec ||
	       (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static void test_order(int clock)
{
	struct timespec last = { 0, 0 }, now;
	int backward = 0, denormal = 0;

	for (int i = 0; i < ROUNDS; i++) {
		if (i % 2)
			call_clock_gettime(clock, &now);
		else
			__vdso_clock_gettime(clock, &now);
		backward += before(&now, &last);
		denormal += now.tv_nsec < 0 || now.tv_nsec > 999999999;
		last = now;
	}
	is(backward, 0, "clock %d: vDSO and system call in turn never go back",
	   clock);
	is(denormal, 0, "clock %d: nanoseconds are below a second", clock);
}

/* Read as fast as it goes, without a system call between. */
static void test_alone(int clock)
{
	struct timespec last = { 0, 0 }, now;
	int backward = 0;

	for (int i = 0; i < 20 * ROUNDS; i++) {
		__vdso_clock_gettime(clock, &now);
		backward += before(&now, &last);
		last = now;
	}
	is(backward, 0, "clock %d: the vDSO alone never goes back", clock);
}

static void test_resolution(int clock)
{
	struct timespec by_vdso = { -1, -1 }, by_call = { -2, -2 };

	is(__vdso_clock_getres(clock, &by_vdso), 0, "clock_getres(%d)", clock);
	is(syscall(SYS_clock_getres, clock, &by_call), 0,
	   "and by the system call");
	ok(!memcmp(&by_vdso, &by_call, sizeof(by_call)),
	   "clock %d: the same resolution, %ld ns", clock, by_call.tv_nsec);
	is(__vdso_clock_getres(clock, NULL), 0, "clock_getres(%d, NULL)",
	   clock);
}

static bool agree(int clock, const char *call, long by_vdso, long by_call)
{
	if (by_vdso != by_call)
		diag("%s(%d): %ld by vDSO, %ld by system call", call, clock,
		     by_vdso, by_call);
	return by_vdso == by_call;
}

static void test_clock_ids(void)
{
	struct timespec time;
	int differ = 0, differ_getres = 0;

	for (int id = -64; id <= 64; id++) {
		differ += !agree(id, "clock_gettime",
				 __vdso_clock_gettime(id, &time),
				 call_clock_gettime(id, &time));
		/* Linux 6.18 answers for auxiliary clocks that are not there */
		if (id >= 16 && id <= 23 && !on_colonel())
			continue;
		differ_getres += !agree(id, "clock_getres",
					__vdso_clock_getres(id, &time),
					syscall(SYS_clock_getres, id, &time));
	}
	is(differ, 0, "clock ids -64 to 64 give the same result");
	is(differ_getres, 0, "from clock_getres too");
	is(__vdso_clock_gettime(10, &time), -EINVAL, "there is no clock 10");
	is(__vdso_clock_gettime(0x7fffffff, &time), -EINVAL,
	   "no clock INT_MAX");
	is(__vdso_clock_gettime(64 + CLOCK_MONOTONIC, &time), -EINVAL,
	   "no clock 65: the id is not cut to six bits");
}

static int call_with(void *time)
{
	return -__vdso_clock_gettime(CLOCK_MONOTONIC, time);
}

static void test_bad_pointer(void)
{
	int status = in_child(call_with, (void *)8);

	ok(status == EXITED(EFAULT) || (status & 0x7f) == SIGSEGV,
	   "a bad pointer is EFAULT or SIGSEGV");
	status = in_child(call_with, (void *)0xffffffff80000000);
	ok(status == EXITED(EFAULT) || (status & 0x7f) == SIGSEGV,
	   "a kernel pointer too");
}

/* ---- The others ---------------------------------------------------------- */

static void test_gettimeofday(void)
{
	struct timespec first, last;
	struct timeval time;
	struct timezone by_vdso = { 1, 1 }, by_call = { 2, 2 };
	int outside = 0;

	for (int i = 0; i < ROUNDS; i++) {
		call_clock_gettime(CLOCK_REALTIME, &first);
		__vdso_gettimeofday(&time, NULL);
		call_clock_gettime(CLOCK_REALTIME, &last);
		first.tv_nsec -= first.tv_nsec % 1000;

		struct timespec between = { time.tv_sec, time.tv_usec * 1000 };

		outside += before(&between, &first) || before(&last, &between);
	}
	is(outside, 0, "gettimeofday lies between two system calls");
	is(__vdso_gettimeofday(NULL, NULL), 0, "gettimeofday(NULL, NULL)");
	is(__vdso_gettimeofday(&time, &by_vdso), 0, "with a time zone");
	is(syscall(SYS_gettimeofday, NULL, &by_call), 0, "a time zone alone");
	ok(!memcmp(&by_vdso, &by_call, sizeof(by_call)), "the same time zone");
}

static void test_time(void)
{
	int outside = 0, differ = 0;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t stored;
		int64_t first = syscall(SYS_time, NULL);
		int64_t second = __vdso_time(&stored);
		int64_t third = syscall(SYS_time, NULL);

		outside += second < first || third < second;
		differ += stored != second;
	}
	is(outside, 0, "time lies between two system calls");
	is(differ, 0, "time stores what it returns");
	ok(__vdso_time(NULL) > 1600000000, "time(NULL) is after 2020");
}

static void test_getcpu(void)
{
	unsigned cpu, node, cpu2, node2, agree = 0;

	for (int i = 0; i < 100 && !agree; i++) {
		__vdso_getcpu(&cpu, &node, NULL);
		syscall(SYS_getcpu, &cpu2, &node2, NULL);
		agree = cpu == cpu2 && node == node2;
	}
	ok(agree, "getcpu agrees with the system call");
	is(__vdso_getcpu(NULL, NULL, NULL), 0, "getcpu(NULL, NULL)");
}

static int beast_by_int80(void)
{
	int result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(SYS32_number_of_the_beast)
		     : "memory");
	return result;
}

static void test_beast(void)
{
	if (!on_colonel()) {
		is(number_of_the_beast(), -ENOSYS, "no beast here");
		is(capabilities(), 0, "no capabilities");
		return;
	}
	is(__vdso_number_of_the_beast(), syscall(SYS_number_of_the_beast),
	   "number_of_the_beast agrees with system call 666");
	is(beast_by_int80(), __vdso_number_of_the_beast(), "and with int 0x80");
	is(capabilities(), __vdso_capabilities(), "capabilities: %#lx",
	   capabilities());
}

int main(void)
{
	image = (const void *)getauxval(AT_SYSINFO_EHDR);
	if (!image) {
		skip("vdso=0", "the vDSO's functions");
		return tap_done();
	}
	test_symbols();
	for (unsigned i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		test_order(clocks[i]);
		test_alone(clocks[i]);
		test_resolution(clocks[i]);
	}
	test_clock_ids();
	test_bad_pointer();
	test_gettimeofday();
	test_time();
	test_getcpu();
	test_beast();
	return tap_done();
}
