/*
 * Kernel parameters, the words "name=value" of the command line. The code
 * that obeys one declares it beside its function:
 *
 *	WORD("maxcpus", set_maxcpus);
 *
 * The function gets what stands behind the "=" ("" where there is none), and
 * says itself what is wrong with it. It is called when everything of the
 * kernel is initialised and no program runs yet. An EARLY_WORD is obeyed as
 * soon as the command line is known, when there is no memory to allocate.
 * The table is collected by the linker script. docs/command-line.md lists all.
 */
#ifndef KERNEL_LIB_WORD_H
#define KERNEL_LIB_WORD_H

#include <stdbool.h>

struct word {
	const char *name;
	void (*set)(const char *value);
	bool early;
};

extern const struct word words[], words_end[];

#define WORD_ENTRY(name, set, early)                    \
	static const struct word word_##set             \
		__attribute__((section(".words"), used, \
			       aligned(8))) = { name, set, early }

#define WORD(name, set)       WORD_ENTRY(name, set, false)
#define EARLY_WORD(name, set) WORD_ENTRY(name, set, true)

#endif
