/*
 * Whole files in memory.
 */
#ifndef USER_LIB_FILE_H
#define USER_LIB_FILE_H

/*
 * Reads all of file `path`, whatever its stat says, so also one of /proc.
 * Its length, with a NUL behind it at (*data)[length]; or -errno.
 */
long file_load(const char *path, char **data);

/* Gives back what file_load() took. */
void file_drop(char *data);

#endif
