/*
 * Running one program for a host at the other end of a line: a serial port,
 * or anything that carries bytes both ways.  Each frame is a header line and
 * as many bytes as it says:
 *
 *	to the host:   R 1           ready; the protocol's version
 *	               O LEN         from the program's standard output
 *	               E LEN         from its standard error
 *	               F LEN PATH    a file
 *	               f 0 PATH      a file that cannot be read
 *	               L 0           the program has run longer than it may
 *	               X STATUS      the end: the status as wait4() gave it
 *	from the host: I LEN         for the program's standard input
 *	               I 0           the input's end
 */
#ifndef USER_LIB_RELAY_H
#define USER_LIB_RELAY_H

/*
 * Starts argv[0] with pipes to its standard files, relays until it ends and
 * all that it wrote is sent; reaps other children meanwhile.  Its wait status,
 * 127 << 8 if it cannot be executed; or -errno if nothing could be started.
 * When it has run for `limit_ms` milliseconds (-1: no limit), the host is told
 * what each process is doing, as text of standard error, then frame L, and has
 * to end the machine.
 */
long relay_run(int line, char *const argv[], char *const envp[], long limit_ms);

/* Frames R, F or f, and X. */
void relay_send_ready(int line);
void relay_send_file(int line, const char *path);
void relay_send_status(int line, int status);

#endif
