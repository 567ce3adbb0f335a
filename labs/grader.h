/*
 * What the graders' programs share: the place where a grader stops the machine
 * to look at it from outside. No other program has code at its address, because
 * labs/labs.mk links these programs at addresses of their own.
 */
#ifndef LABS_GRADER_H
#define LABS_GRADER_H

/* The grader has a breakpoint here; `step` tells it where the program is. */
__attribute__((noinline)) void grader_looks(int step);
__attribute__((noinline)) void grader_looks(int step)
{
	asm volatile("" : : "r"(step) : "memory");
}

#endif
