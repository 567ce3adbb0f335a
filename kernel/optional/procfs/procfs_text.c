/*
 * The files of /proc that are text: made anew at each open and rewind, read in
 * pieces, and those of the filesystems themselves.
 */
#include "kernel/command_line.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/optional/procfs/procfs_node.h"

#define CAPACITY_START 512

struct text {
	struct sink sink; /* first: where show() writes */
	char *bytes;
	size_t length, capacity;
	bool full; /* memory was: the text is not whole */
	bool made;
	uint64_t generation; /* the program's, for files that ask ptrace */
};

/* ---- Growing ---- */

static bool reserve(struct text *text, size_t length)
{
	size_t capacity = MAX(text->capacity, (size_t)CAPACITY_START);
	char *bytes;

	while (capacity < length)
		capacity *= 2;
	if (capacity == text->capacity)
		return true;
	bytes = kmalloc(capacity);
	if (!bytes)
		return false;
	memcpy(bytes, text->bytes, text->length);
	kfree(text->bytes);
	text->bytes = bytes;
	text->capacity = capacity;
	return true;
}

static void text_put(struct sink *sink, const char *bytes, size_t size)
{
	struct text *text = container_of(sink, struct text, sink);

	if (text->full || !reserve(text, text->length + size)) {
		text->full = true;
		return;
	}
	memcpy(text->bytes + text->length, bytes, size);
	text->length += size;
}

/* ---- What is written to a file ---- */

/* Without the blanks around it. */
static char *trim(char *words)
{
	char *end = words + strlen(words);

	while (end > words && strchr(" \t\n", end[-1]))
		*--end = '\0';
	while (*words == ' ' || *words == '\t')
		words++;
	return words;
}

/* ---- The file ---- */

static int text_open(struct file *file)
{
	const struct proc_entry *entry = proc_entry(file->inode);
	struct text *text;
	int error = 0;

	if (proc_entry_is_gone(entry) && entry->node->file->ptrace)
		return -ESRCH;
	text = kzalloc(sizeof(*text));
	if (!text)
		return -ENOMEM;
	text->sink.put = text_put;
	if (entry->node->file->ptrace)
		error = procfs_ptrace(entry->process, &text->generation);
	if (error)
		kfree(text);
	else
		file->data = text;
	return error;
}

static int show(struct text *text, const struct proc_entry *entry)
{
	const struct proc_file *source = entry->node->file;
	const char *constant = source->text;

	if (source->show)
		return source->show(&text->sink, entry->process);
	if (source->show_thread)
		return source->show_thread(&text->sink, entry->process,
					   entry->tid);
	if (!constant)
		return -EIO;
	text_put(&text->sink, constant, strlen(constant));
	return 0;
}

/* Makes the text. Its inode's mutex is held. */
static int make_text(struct text *text, const struct proc_entry *entry)
{
	int error;

	text->length = 0;
	text->full = false;
	text->made = false;
	if (proc_entry_is_gone(entry))
		return -ESRCH;
	error = show(text, entry);
	if (error)
		return error;
	if (text->full)
		return -ENOMEM;
	/* a number never comes back: what was shown is all of one program */
	if (entry->node->file->ptrace &&
	    READ_ONCE(entry->process->generation) != text->generation)
		text->length = 0;
	text->made = true;
	return 0;
}

static long text_read(struct file *file, uaddr_t to, size_t size,
		      uint64_t *position)
{
	struct text *text = file->data;
	size_t left = 0;
	long result = 0;

	mutex_lock(&file->inode->mutex);
	if (*position == 0 || !text->made)
		result = make_text(text, proc_entry(file->inode));
	if (!result && *position < text->length) {
		size = MIN(size, text->length - *position);
		left = copy_to_user_partial(to, text->bytes + *position, size);
		*position += size - left;
		result = left == size && size ? -EFAULT : (long)(size - left);
	}
	mutex_unlock(&file->inode->mutex);
	return result;
}

static int store(char *words, const struct proc_entry *entry)
{
	const struct proc_file *target = entry->node->file;

	if (proc_entry_is_gone(entry))
		return -ESRCH;
	words = trim(words);
	if (target->store)
		return target->store(words, entry->process);
	return target->store_thread(words, entry->process, entry->tid);
}

static long text_store(struct file *file, uaddr_t from, size_t size,
		       uint64_t *position)
{
	const struct proc_entry *entry = proc_entry(file->inode);
	const struct proc_file *target = entry->node->file;
	char *words;
	long result = -EFAULT;

	(void)position;
	if (!target->store && !target->store_thread)
		return -EIO;
	if (size >= PAGE_SIZE)
		return -EINVAL;
	words = kmalloc(size + 1);
	if (!words)
		return -ENOMEM;
	if (copy_from_user(words, from, size) == 0) {
		words[size] = '\0';
		result = store(words, entry);
	}
	kfree(words);
	return result ? result : (long)size;
}

static void text_release(struct file *file)
{
	struct text *text = file->data;

	kfree(text->bytes);
	kfree(text);
}

const struct file_ops proc_text_ops = {
	.open = text_open,
	.read = text_read,
	.write = text_store,
	.seek = file_seek_sized,
	.release = text_release,
};

/* ---- The filesystems' own files ---- */

static int show_cmdline(struct sink *out, struct process *process)
{
	(void)process;
	sink_printf(out, "%s\n", command_line);
	return 0;
}

PROC_FILES(text_files) = {
	{ .path = "cmdline", .mode = 0444, .show = show_cmdline },
	{ .path = "filesystems",
	  .mode = 0444,
	  .text = "nodev\tramfs\nnodev\tproc\nnodev\tpipefs\n" },
	{ .path = "PID/mounts",
	  .mode = 0444,
	  .text = "ramfs / ramfs rw,noatime 0 0\n"
		  "proc /proc proc rw,noatime 0 0\n" },
	/* number, parent's, device, root, where, options, -, type, source */
	{ .path = "PID/mountinfo",
	  .mode = 0444,
	  .text = "1 0 0:1 / / rw,noatime - ramfs ramfs rw\n"
		  "2 1 0:2 / /proc rw,noatime - proc proc rw\n" },
};
