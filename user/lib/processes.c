/* What each process is doing: see processes.h. */
#include "user/lib/processes.h"

#include "kernel/abi/dirent.h"
#include "user/lib/file.h"
#include "user/lib/printf.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"

/* The state's letter in /proc/PID/stat stands behind the name, which is in
 * parentheses and may contain some. */
static const char *state_words(const char *stat)
{
	const char *state = strrchr(stat, ')');

	switch (state && state[1] ? state[2] : '?') {
	case 'R':
		return "runs, or is ready to run";
	case 'S':
	case 'D':
		return "sleeps";
	case 'T':
		return "is stopped";
	case 'Z':
		return "has ended, and its parent has not waited for it";
	}
	return "is in an unknown state";
}

static void print_process(int fd, const char *pid)
{
	char path[64], *stat, *where;
	const char *name, *end, *state;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if (file_load(path, &stat) < 0)
		return;
	state = state_words(stat);
	name = strchr(stat, '(');
	end = strrchr(stat, ')');
	dprintf(fd, "  process %s %.*s %s", pid,
		name && end ? (int)(end + 1 - name) : 0, name ? name : "",
		state);
	snprintf(path, sizeof(path), "/proc/%s/wchan", pid);
	if (file_load(path, &where) >= 0) {
		if (where[0] && where[0] != '0')
			dprintf(fd, " in %s", where);
		file_drop(where);
	}
	dprintf(fd, "\n");
	file_drop(stat);
}

void processes_print(int fd)
{
	char buf[1024];
	long size;
	int proc = (int)call_open("/proc", O_RDONLY | O_CLOEXEC, 0);

	if (proc < 0)
		return;
	while ((size = call_getdents64(proc, buf, sizeof(buf))) > 0) {
		struct linux_dirent64 *entry;

		for (long at = 0; at < size; at += entry->d_reclen) {
			entry = (struct linux_dirent64 *)(buf + at);
			if (parse_number(entry->d_name) > 0)
				print_process(fd, entry->d_name);
		}
	}
	call_close(proc);
}
