/*
 * What the guest tests print: the Test Anything Protocol, a line a check, and
 * the plan at the end.  Checks are made by the process that ends the test; its
 * children answer by their exit status.
 */
#ifndef USER_LIB_TAP_H
#define USER_LIB_TAP_H

#include <stdbool.h>

#include "user/lib/printf.h"

/* One check; the rest names it.  Returns whether it passed. */
__printf(2, 3) bool ok(bool pass, const char *name, ...);

/* Passes when both are equal; else says so, negative ones as errno names. */
__printf(3, 4) bool is(long got, long expected, const char *name, ...);

/* A check that cannot be made here, and why. */
__printf(2, 3) void skip(const char *why, const char *name, ...);

/* A line for people only. */
__printf(1, 2) void diag(const char *text, ...);

/*
 * Runs `function(arg)` in a child, whose exit status is what it returns.
 * The wait status, or -errno when it could not be started.
 */
int in_child(int (*function)(void *arg), void *arg);

/* Wait statuses to compare with, and those two comparisons. */
#define EXITED(code) ((code) << 8)
#define KILLED(sig)  (sig)

/* One check that a child does exactly this; a core dump does not matter. */
__printf(4, 5) bool child_exits(int (*function)(void *arg), void *arg, int code,
				const char *name, ...);
__printf(4, 5) bool child_dies(int (*function)(void *arg), void *arg, int sig,
			       const char *name, ...);

/* Whether this is Colonel, which alone has system call 666. */
bool on_colonel(void);

/* Prints the plan; the program's exit status: 0 when every check passed. */
int tap_done(void);

#endif
