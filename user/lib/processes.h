/*
 * What each process is doing, as /proc tells it.
 */
#ifndef USER_LIB_PROCESSES_H
#define USER_LIB_PROCESSES_H

/*
 * Prints a line for each process to `fd`: its number, name and state, and for
 * one that sleeps the kernel function in which it does. Prints nothing where
 * there is no /proc.
 */
void processes_print(int fd);

#endif
