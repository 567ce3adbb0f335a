/* needs: scheduling */
/* tools/run: -qemu "-icount shift=0,sleep=off" */
/*
 * Policies, priorities and nice values; a nicer program really gets less.
 */
#include "kernel/abi/errno.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"
#include "user/lib/vsyscall.h"

static void test_policies(void)
{
	struct sched_param param = { 7 };

	is(syscall(SYS_sched_get_priority_max, SCHED_NORMAL), 0, "max, normal");
	is(syscall(SYS_sched_get_priority_min, SCHED_FIFO), 1, "min, FIFO");
	is(syscall(SYS_sched_get_priority_max, SCHED_RR), 99, "max, RR");
	is(syscall(SYS_sched_get_priority_max, 77), -EINVAL, "no such policy");
	is(syscall(SYS_sched_get_priority_min, -1), -EINVAL, "none below 0");
	is(syscall(SYS_sched_getscheduler, 0), SCHED_NORMAL, "our policy");
	is(syscall(SYS_sched_getscheduler, -1), -EINVAL, "of nobody");
	is(syscall(SYS_sched_getscheduler, 0x7ffffff0), -ESRCH, "of no thread");
	is(syscall(SYS_sched_getparam, 0, &param), 0, "sched_getparam");
	is(param.sched_priority, 0, "priority 0");
	is(syscall(SYS_sched_getparam, 0, NULL), -EINVAL, "to 0");
	is(syscall(SYS_sched_setscheduler, 0, SCHED_NORMAL, &param), 0,
	   "stay normal");
	is(syscall(SYS_sched_setparam, 0, &param), 0, "sched_setparam");
	param.sched_priority = 1;
	is(syscall(SYS_sched_setscheduler, 0, SCHED_NORMAL, &param), -EINVAL,
	   "normal with a priority");
	is(syscall(SYS_sched_setscheduler, 0, 55, &param), -EINVAL,
	   "no such policy");
	is(syscall(SYS_sched_setscheduler, 0, SCHED_NORMAL, NULL), -EINVAL,
	   "no parameter");
}

static int nice_values(void *arg)
{
	long nice = 20 - syscall(SYS_getpriority, PRIO_PROCESS, 0);
	long nicer = nice + 5 < 19 ? nice + 5 : 19;

	(void)arg;
	/* On Linux the test itself may have been started by nice(1). */
	ok(on_colonel() ? nice == 0 : nice >= -20, "nice %ld at first", nice);
	is(syscall(SYS_setpriority, PRIO_PROCESS, 0, nicer), 0, "be nicer");
	is(20 - syscall(SYS_getpriority, PRIO_PROCESS, 0), nicer, "it is");
	is(syscall(SYS_setpriority, PRIO_PROCESS, 0, 100), 0, "the nicest");
	is(syscall(SYS_getpriority, PRIO_PROCESS, 0), 1, "it is 19");
	is(syscall(SYS_getpriority, 9, 0), -EINVAL, "of what?");
	is(syscall(SYS_getpriority, PRIO_PROCESS, 0x7ffffff0), -ESRCH,
	   "of no process");
	is(syscall(SYS_setpriority, PRIO_PROCESS, 0x7ffffff0, 0), -ESRCH,
	   "for no process");
	return 0;
}

static long total_ms(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
	       (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
}

/* Two on one CPU, until the one that is not nice has had half a second, which
 * ticks measure: on a busy host they come late, and each counts once. */
static void compute(bool nice, volatile bool *enough)
{
	const uint64_t first_cpu = 1;
	struct rusage usage;

	syscall(SYS_sched_setaffinity, 0, 8, &first_cpu);
	if (nice)
		syscall(SYS_setpriority, PRIO_PROCESS, 0, 19);
	while (!*enough) {
		syscall(SYS_getrusage, RUSAGE_SELF, &usage);
		if (!nice && total_ms(&usage) >= 500)
			*enough = true;
	}
	call_exit_group(0);
}

static void test_effect(void)
{
	bool *enough = call_mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rusage usage[2];
	long pids[2];

	for (int i = 0; i < 2; i++) {
		pids[i] = call_fork();
		if (pids[i] == 0)
			compute(i, enough);
	}
	for (int i = 0; i < 2; i++)
		call_wait4((int)pids[i], NULL, 0, &usage[i]);
	if (on_colonel())
		ok(total_ms(&usage[1]) * 2 < total_ms(&usage[0]),
		   "nice 19 gets less than half of nice 0");
	else
		skip("others run, too",
		     "nice 19 gets less than half of nice 0");
	diag("%ld ms and %ld ms", total_ms(&usage[0]), total_ms(&usage[1]));
}

/* Who computes without end has had his turn, long before: others come. */
static void test_turns(void)
{
	const struct timespec while_it_runs = { 0, 200000000 };
	const uint64_t first_cpu = 1;
	long spinner;

	syscall(SYS_sched_setaffinity, 0, 8, &first_cpu);
	spinner = call_fork();
	if (spinner == 0)
		for (;;)
			;
	is(call_nanosleep(&while_it_runs, NULL), 0,
	   "a sleeper wakes beside an endless loop");
	call_kill((int)spinner, SIGKILL);
	is(call_wait4((int)spinner, NULL, 0, NULL), spinner, "which it ends");
}

int main(void)
{
	test_policies();
	nice_values(NULL);
	syscall(SYS_setpriority, PRIO_PROCESS, 0, 0);
	test_effect();
	test_turns();
	return tap_done();
}
