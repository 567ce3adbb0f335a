/*
 * Optional part: programs that are text and name their interpreter in the first
 * line, "#! INTERPRETER ARGUMENT" (execve(2)).
 *
 * Without it execve says ENOEXEC, after which a shell runs the file itself, but
 * not another interpreter. It needs no other part.
 */
#include "kernel/abi/errno.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/load.h"

#define DEPTH    5   /* scripts whose interpreter is a script, at most */
#define LINE_MAX 256 /* the first line counts up to here */

/* The first lines of the scripts on the way to a program, and the arguments
 * that come before the user's. They are filled from the end: of each script its
 * interpreter and that one's argument come before what there was. */
struct scripts {
	unsigned count;
	const char **first; /* in `argv` */
	const char *argv[2 * DEPTH + 2];
	char lines[DEPTH][LINE_MAX];
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Splits "#! interpreter argument" at its blanks; *argument may become NULL.
 * 0 or -ENOEXEC. */
static int parse_line(char *line, const char **interpreter,
		      const char **argument)
{
	char *at = line + 2;
	char *end = strchr(at, '\n');

	if (end)
		*end = '\0';
	while (is_blank(*at))
		at++;
	if (!*at)
		return -ENOEXEC;
	*interpreter = at;
	*argument = NULL;
	while (*at && !is_blank(*at))
		at++;
	if (!*at) /* without a newline the path may have been cut off */
		return end ? 0 : -ENOEXEC;
	*at++ = '\0';
	while (is_blank(*at))
		at++;
	end = at + strlen(at);
	while (end > at && is_blank(end[-1]))
		*--end = '\0';
	if (*at)
		*argument = at;
	return 0;
}

/* The script's path takes the place of the user's argument 0, if there is
 * one. */
static int begin(struct program *program)
{
	struct scripts *scripts = kzalloc(sizeof(*scripts));
	uint64_t first = 0;
	int error = 0;

	if (!scripts)
		return -ENOMEM;
	program->script = scripts;
	scripts->first = &scripts->argv[ARRAY_SIZE(scripts->argv) - 1];
	*--scripts->first = program->path;
	if (program->argv.user)
		error = get_user64(&first, program->argv.user);
	program->argv.user = first ? program->argv.user + sizeof(first) : 0;
	return error;
}

/* program->file is a script: its interpreter takes its place. 0 or -errno. */
static int interpret(struct program *program)
{
	struct file *file = program->file;
	const char *interpreter = NULL, *argument = NULL;
	int error = program->script ? 0 : begin(program);
	struct scripts *scripts = program->script;
	char *line;
	long size;

	if (error)
		return error;
	if (scripts->count == DEPTH)
		return -ELOOP;
	line = scripts->lines[scripts->count++];
	size = file->ops->read_kernel(file, line, LINE_MAX - 1, 0);
	error = size < 0 ? (int)size
			 : parse_line(line, &interpreter, &argument);
	if (error)
		return error;
	if (argument)
		*--scripts->first = argument;
	*--scripts->first = interpreter;
	program->argv.kernel = scripts->first;
	file_put(file);
	program->file = load_open(interpreter, &error);
	return error;
}

static int find_interpreter(struct program *program)
{
	struct file *file;
	char magic[2];
	long size;
	int error = 0;

	while (!error) {
		file = program->file;
		size = file->ops->read_kernel(file, magic, sizeof(magic), 0);
		if (size < 0)
			return (int)size;
		if (size < 2 || magic[0] != '#' || magic[1] != '!')
			return 0;
		error = interpret(program);
	}
	return error;
}

static void scripts_init(void)
{
	exec_script = find_interpreter;
}
HOOK(boot, scripts_init);
