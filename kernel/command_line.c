/* The words on the command line and what each does: see command_line.h. */
#include "kernel/command_line.h"

#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/poison.h"
#include "kernel/dev/fwcfg.h"
#include "kernel/dev/power.h"
#include "kernel/dev/tty.h"
#include "kernel/fs/procfs.h"
#include "kernel/lib/string.h"
#include "kernel/mm/fail.h"
#include "kernel/proc/vdso.h"
#include "kernel/sched/smp.h"
#include "kernel/sys/table.h"
#include "kernel/time/time_init.h"
#include "kernel/time/vvar.h"

#define FWCFG_WORDS "opt/colonel/cmdline"
#define WORD_MAX    64

static void set_panic(const char *value)
{
	if (!strcmp(value, "poweroff"))
		panic_set_action(power_off);
	else if (!strcmp(value, "reboot"))
		panic_set_action(power_reboot);
	else if (!strcmp(value, "exit"))
		panic_set_action(power_exit);
	else if (strcmp(value, "stop") != 0)
		kprintf("panic=%s: not stop, reboot, poweroff or exit\n",
			value);
}

/* "ttyS0", or as Linux has it "ttyS0,115200": the speed is always the same. */
static void set_console(const char *value)
{
	char name[16];
	struct tty *tty;
	size_t length = 0;

	while (value[length] && value[length] != ',')
		length++;
	strscpy(name, value, MIN(length + 1, sizeof(name)));
	tty = tty_find(name);
	if (tty)
		tty_console = tty;
	else
		kprintf("console=%s: there is no such terminal\n", value);
}

static void set_clocksource(const char *value)
{
	if (time_choose(value))
		kprintf("clocksource=%s: not tsc, hpet, acpi_pm or pit\n",
			value);
}

static void set_fail_nth(const char *value)
{
	long nth;

	if (parse_int(value, &nth) || nth < 1 || nth > INT32_MAX) {
		kprintf("fail-nth=%s: not the number of an allocation\n",
			value);
		return;
	}
	fail_machine_nth = (uint32_t)nth;
	fail_counts = true;
}

static void set_poison(const char *value)
{
	long byte;

	if (!ASSERTIONS || parse_int(value, &byte) || byte < 0 || byte > 255)
		kprintf("poison=%s: not a byte, or not built with ASSERT=1\n",
			value);
	else
		poison_byte = (uint8_t)byte;
}

static void set_vnotb(const char *value)
{
	long number;

	if (parse_int(value, &number) || vnotb_set(number))
		kprintf("vnotb=%s: not an int, or it reads as an errno\n",
			value);
}

static void set_enosys(const char *value)
{
	if (strcmp(value, "say"))
		kprintf("enosys=%s: not say\n", value);
	else
		syscall_say_absent = true;
}

static void set_vdso(const char *value)
{
	vdso_enabled = strcmp(value, "0");
}

static void set_maxcpus(const char *value)
{
	long limit;

	if (parse_int(value, &limit) || limit < 1)
		kprintf("maxcpus=%s: not a number of CPUs\n", value);
	else
		smp_limit = (unsigned)MIN(limit, (long)MAX_CPUS);
}

static void set_nosmp(const char *value)
{
	(void)value;
	smp_limit = 1;
}

/* NULL: somebody else reads it, earlier or later. */
static const struct word {
	const char *name;
	void (*set)(const char *value);
} words[] = {
	{ "clocksource", set_clocksource },
	{ "console", set_console },
	{ "enosys", set_enosys },
	{ "fail-nth", NULL },
	{ "init", NULL },
	{ "maxcpus", set_maxcpus },
	{ "nosmp", set_nosmp },
	{ "panic", NULL },
	{ "poison", set_poison },
	{ "vdso", set_vdso },
	{ "vnotb", set_vnotb },
};

static const struct word *find(const char *text, size_t length)
{
	for (const struct word *w = words; w < words + ARRAY_SIZE(words); w++)
		if (strlen(w->name) == length &&
		    !strncmp(w->name, text, length))
			return w;
	return NULL;
}

/* One word, "name=value" or "name". */
static void obey(char *text)
{
	char *value = strchr(text, '=');
	size_t length = value ? (size_t)(value - text) : strlen(text);
	const struct word *word = find(text, length);

	if (!word)
		kprintf("command line: \"%s\" is no word that the kernel "
			"knows\n",
			text);
	else if (word->set)
		word->set(value ? value + 1 : "");
}

void command_line_obey(const struct boot_info *boot)
{
	const char *at = boot->cmdline;
	char text[WORD_MAX];
	size_t length;

	procfs_set_cmdline(boot->cmdline);
	for (;;) {
		while (*at == ' ')
			at++;
		if (!*at)
			return;
		for (length = 0; at[length] && at[length] != ' '; length++)
			;
		strscpy(text, at, MIN(length + 1, sizeof(text)));
		obey(text);
		at += length;
	}
}

bool command_line_value(const struct boot_info *boot, const char *name,
			char *value, size_t size)
{
	const char *text = bootinfo_option(boot, name);
	size_t length = 0;

	if (!text)
		return false;
	while (text[length] && text[length] != ' ')
		length++;
	strscpy(value, text, MIN(length + 1, size));
	return true;
}

void command_line_init(struct boot_info *boot)
{
	size_t length = strlen(boot->cmdline);
	char *end = boot->cmdline + length, value[16];
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
	if (command_line_value(boot, "panic", value, sizeof(value)))
		set_panic(value);
	if (command_line_value(boot, "fail-nth", value, sizeof(value)))
		set_fail_nth(value);
}
