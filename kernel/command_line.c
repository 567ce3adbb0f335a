/* Reads the command line and obeys its kernel parameters: see command_line.h. */
#include "kernel/command_line.h"

#include "kernel/cpu/kprintf.h"
#include "kernel/dev/fwcfg.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"

#define FWCFG_WORDS "opt/colonel/cmdline"

#define ENVIRONMENT_MAX 32

static const char *environment[ENVIRONMENT_MAX + 1] = { "HOME=/",
							"TERM=linux" };

/* Returns the parameter with that name, or NULL. */
static const struct word *word_find(const char *text, size_t length)
{
	for (const struct word *w = words; w < words_end; w++)
		if (strlen(w->name) == length &&
		    !strncmp(w->name, text, length))
			return w;
	return NULL;
}

/* Replaces the variable of that name, or adds one, while there is room. */
static void environment_add(const char *text)
{
	static char buffer[BOOT_CMDLINE_MAX];
	static size_t used;
	size_t name = (size_t)(strchr(text, '=') - text) + 1;
	size_t size = strlen(text) + 1;
	const char **at = environment;

	while (*at && strncmp(*at, text, name))
		at++;
	if (at == &environment[ENVIRONMENT_MAX])
		return;
	*at = memcpy(buffer + used, text, size);
	used += size;
}

/* Obeys one parameter, "name=value" or "name", if it is due: an early one, or one
 * of the others. What no part of the kernel knows goes to the first program's
 * environment. */
static void word_obey(char *text, bool early)
{
	char *value = strchr(text, '=');
	size_t length = value ? (size_t)(value - text) : strlen(text);
	const struct word *word = word_find(text, length);

	if (word && word->early == early)
		word->set(value ? value + 1 : "");
	if (word || early)
		return;
	kprintf("command line: \"%s\" is no word that the kernel knows\n",
		text);
	if (value)
		environment_add(text);
}

/* Obeys the early parameters, or the others, one after the other. */
static void words_obey(const struct boot_info *boot, bool early)
{
	static char text[BOOT_CMDLINE_MAX];
	const char *at = boot->cmdline;
	size_t length;

	for (;;) {
		while (*at == ' ')
			at++;
		if (!*at)
			return;
		for (length = 0; at[length] && at[length] != ' '; length++)
			;
		strscpy(text, at, length + 1);
		word_obey(text, early);
		at += length;
	}
}

const char *command_line;

void command_line_init(struct boot_info *boot)
{
	size_t length = strlen(boot->cmdline);
	char *end = boot->cmdline + length;
	struct fwcfg_file file;

	if (fwcfg_find(FWCFG_WORDS, &file))
		file.size = 0;
	if (length + 1 + file.size + 1 > sizeof(boot->cmdline)) {
		kprintf("command line: the words of %s do not fit\n",
			FWCFG_WORDS);
	} else if (file.size) {
		*end = ' ';
		fwcfg_read(&file, end + 1, file.size);
		end[1 + file.size] = '\0';
	}
	command_line = boot->cmdline;
	words_obey(boot, true);
}

void command_line_obey(const struct boot_info *boot)
{
	words_obey(boot, false);
}

const char *const *command_line_environment(void)
{
	return environment;
}
