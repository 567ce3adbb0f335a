/*
 * The sequence lock of vdso/seqlock.h with the order of update_vsyscall()
 * (kernel/time/vvar.c), on CPUs with x86's store buffers, for spin.  The
 * writer changes the clock's rate, wildly; a reader on another CPU tells the
 * time twice.  (Two readers would show no more: none writes what the other
 * loads, and stores reach all other CPUs at once.)  In every interleaving:
 *
 *	torn	what the reader accepts was all written by one update
 *	back	it never tells less than what was told before it began
 *
 * Each name after #ifdef, when defined, breaks one line of the protocol, and
 * tests/model/check.py wants to see the model fail then.
 */
#define UPDATES 2
#define READS	2
#define LAST	5 /* the counter's last value */

/* ---- The machine: a counter, memory, the writer's store buffer ---------- */

byte counter; /* of all CPUs */

/* The page. Each datum has the number of the update that wrote it beside it. */
byte begin, end;
byte cycles, base, mult = 3;
byte cycles_by, base_by, mult_by;

mtype = { BEGIN, END, CYCLES, BASE, MULT };

/* Stores on their way to memory, in order: what, its value, by which update. */
chan buffer = [8] of { mtype, byte, byte };

#define store(what, value) buffer!what, value, update
#define mfence()           empty(buffer)

active proctype drain()
{
	byte value, by;

end_drain:
	do
	:: atomic { buffer?BEGIN, value, by -> begin = value }
	:: atomic { buffer?END, value, by -> end = value }
	:: atomic { buffer?CYCLES, value, by -> cycles = value; cycles_by = by }
	:: atomic { buffer?BASE, value, by -> base = value; base_by = by }
	:: atomic { buffer?MULT, value, by -> mult = value; mult_by = by }
	od
}

/* Time goes by whenever it likes: all that matters is how much at a look. */
inline look(value)
{
	atomic {
		do
		:: counter < LAST -> counter++
		:: break
		od;
		value = counter
	}
}

/* ---- The writer: seq_write_begin() to seq_write_end() ------------------- */

active proctype writer()
{
	byte update, now, last, sum, rate = 3;

	do
	:: update == UPDATES -> break
	:: else ->
		update++;
#ifdef SAMPLE_FIRST
		look(now);
#endif
#ifndef NO_BEGIN
		store(BEGIN, update);
#endif
#ifdef END_EARLY
		store(END, update);
#endif
#ifndef NO_FENCE
		mfence();
#endif
#ifndef SAMPLE_FIRST
		look(now);
#endif
		/* timeline_rebase(): the old rate counts up to here */
		d_step {
			sum = sum + (now - last) * rate;
			last = now;
			now = 0;
			rate = 4 - rate
		}
		store(CYCLES, last);
		store(BASE, sum);
		store(MULT, rate);
#ifdef NO_BEGIN
		store(BEGIN, update);
#endif
#ifndef END_EARLY
		store(END, update)
#endif
	od
}

/* ---- The readers: seq_read_begin() to seq_read_retry() ------------------ */

byte told; /* the latest time that a reader has told to anybody */

inline forget()
{
	d_step {
		seen = 0; now = 0; c = 0; b = 0; m = 0;
		c_by = 0; b_by = 0; m_by = 0
	}
}

/*
 * x86 loads in order, but which comes first is the compiler's choice, and
 * RDTSC may be done before or after the loads that follow it.
 */
active proctype reader()
{
	byte reads, before, seen, now, c, b, m;
	byte c_by, b_by, m_by;
	bool has_now, has_c, has_b, has_m;

	do
	:: reads == READS -> break
	:: else ->
		before = told;
again:
#ifdef SWAPPED
		seen = begin;
#else
		seen = end;
#endif
		do
#ifndef COUNTER_LAST
		:: !has_now -> look(now); has_now = true
#endif
		:: atomic { !has_c -> c = cycles; c_by = cycles_by;
			    has_c = true }
		:: atomic { !has_b -> b = base; b_by = base_by; has_b = true }
		:: atomic { !has_m -> m = mult; m_by = mult_by; has_m = true }
#ifdef COUNTER_LAST
		:: has_c && has_b && has_m -> break
#else
		:: has_now && has_c && has_b && has_m -> break
#endif
		od;
		has_now = 0; has_c = 0; has_b = 0; has_m = 0;
#ifndef NO_RECHECK
		if
#ifdef SWAPPED
		:: end != seen -> forget(); goto again
#else
		:: begin != seen -> forget(); goto again
#endif
		:: else
		fi;
#endif
#ifdef COUNTER_LAST
		look(now);
#endif
		/* torn: all from one update */
		assert(c_by == b_by && b_by == m_by);
		d_step {
			if
			:: now < c -> now = c
			:: else
			fi;
			now = b + (now - c) * m
		}
		/* back: not before what was told when this began */
		assert(now >= before);
		d_step {
			if
			:: now > told -> told = now
			:: else
			fi;
			before = 0
		}
		forget();
		reads++
	od
}
