/*
 * An ordinary C program crosses the vDSO with the compiler's unwinder: it steps
 * through clock_gettime() by the trap flag, and at each instruction there asks
 * _Unwind_Backtrace() who called. Built with the host's gcc -static; runs on
 * Linux and here.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <time.h>
#include <ucontext.h>
#include <unwind.h>

static uintptr_t image, image_end;
static int inside, crossed;
static bool found;

__attribute__((noinline)) static int call_it(struct timespec *now)
{
	int result = clock_gettime(CLOCK_MONOTONIC, now);

	__asm__ volatile("" : : : "memory"); /* no tail call */
	return result;
}

static _Unwind_Reason_Code look(struct _Unwind_Context *context, void *unused)
{
	(void)unused;
	if (_Unwind_FindEnclosingFunction((void *)_Unwind_GetIP(context)) ==
	    (void *)call_it)
		found = true;
	return _URC_NO_REASON;
}

static void on_step(int signo, siginfo_t *info, void *context)
{
	uintptr_t rip = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	(void)signo, (void)info;
	if (rip < image || rip >= image_end)
		return;
	inside++;
	found = false;
	_Unwind_Backtrace(look, NULL);
	crossed += found;
}

static uintptr_t size_of(const ElfW(Ehdr) * elf)
{
	const ElfW(Phdr) *segment =
		(const void *)((const char *)elf + elf->e_phoff);

	for (int i = 0; i < elf->e_phnum; i++)
		if (segment[i].p_type == PT_LOAD)
			return segment[i].p_memsz;
	return 0;
}

static void set_trap_flag(bool on)
{
	if (on)
		__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq"
				 :
				 :
				 : "cc", "memory");
	else
		__asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq"
				 :
				 :
				 : "cc", "memory");
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_step,
				    .sa_flags = SA_SIGINFO };
	struct timespec now;

	image = getauxval(AT_SYSINFO_EHDR);
	if (!image) {
		puts("no vDSO");
		return 1;
	}
	image_end = image + size_of((const void *)image);
	_Unwind_Backtrace(look, NULL); /* what it needs is loaded now */
	call_it(&now);
	sigaction(SIGTRAP, &action, NULL);
	set_trap_flag(true);
	call_it(&now);
	set_trap_flag(false);
	printf("%s in the vDSO, %s\n", inside > 10 ? "stepped" : "never was",
	       crossed == inside ? "crossed at each instruction" : "lost");
	return !(inside > 10 && crossed == inside);
}
