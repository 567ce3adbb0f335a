/*
 * clock_gettime() and its kin: the kernel's clocks, read from the data page and
 * carried on from the last tick to now by the CPU's own counter.
 *
 * Each function has a fast path, and a slow path out of line for what is rare:
 * a second that has just ended, a counter behind the page, an update under way.
 * The system call answers what the page cannot: another clock, a counter that
 * the kernel does not trust, a page that never comes to rest. A bad pointer
 * ends in the caller's SIGSEGV.
 */
#include "kernel/abi/patch.h"
#include "kernel/abi/syscall.h"
#include "kernel/abi/time.h"
#include "vdso/instant.h"
#include "vdso/vdso.h"
#include "vdso/vvar.h"

/* How often the slow path reads a page that is being written, before it asks
 * the kernel. */
#define MOST_READS 1000

#define BASIC (&vvar_u.clocks[VVAR_BASIC])

#define ORDERED_RDTSC PATCHABLE("lfence; rdtsc", "rdtscp; xchg %%ax, %%ax")

/*
 * Reads the counter after all earlier loads: LFENCE lets no later instruction
 * begin before them, and RDTSCP, which the kernel puts in its place where that
 * is faster, waits for them itself (SDM 2B). Without that a thread could load
 * another thread's time and then read an older one itself.
 */
static inline uint64_t read_counter(void)
{
	uint64_t counter;

	__asm__ volatile(ORDERED_RDTSC "shl $32, %%rdx; or %%rdx, %%rax"
			 : "=a"(counter)
			 : [feature] "i"(PATCH_RDTSCP)
			 : "rcx", "rdx", "cc", "memory");
	return counter;
}

/*
 * Fast path: reads clock `slot` of a line. Returns false if the slow path is
 * needed: a second has ended, the counter is behind, an update is under way.
 *
 * One comparison stands for four: below the page's `limit` the counter is
 * neither behind nor far ahead, the product fits into 64 bits, and no clock of
 * the line has come to its next second.
 */
static inline bool read_fast(const struct vvar_clocks *clocks, uint64_t slot,
			     struct instant *now)
{
	uint32_t seq = seq_read_begin(&clocks->seq);
	uint64_t cycles = read_counter() - clocks->cycles;

	if (unlikely(cycles >= clocks->limit))
		return false;
	now->sec = clocks->sec[slot];
	now->nsec = clocks->nsec[slot] + cycles * clocks->mult;
	return likely(!seq_read_retry(&clocks->seq, seq));
}

/*
 * Slow path: right in every case, and for a coarse clock too, which stays at
 * the page's time. Returns false if the kernel must be asked. The number of
 * tries is bounded: a writer that was stopped for good in the middle of an
 * update makes a program slow, but does not stop it.
 */
static inline bool read_slow(int id, const struct vvar_clocks *clocks,
			     uint64_t slot, struct instant *now)
{
	bool coarse = (unsigned)id - CLOCK_REALTIME_COARSE <= 1;

	for (int i = 0; i < MOST_READS; i++) {
		uint32_t seq = seq_read_begin(&clocks->seq);
		uint64_t cycles = counter_delta(read_counter(), clocks->cycles,
						UINT64_MAX);
		bool trusted = coarse || clocks->limit != 0;

		now->sec = clocks->sec[slot];
		now->nsec = clocks->nsec[slot];
		instant_advance(now, coarse ? 0 : cycles, clocks->mult);
		if (!seq_read_retry(&clocks->seq, seq))
			return trusted;
		__builtin_ia32_pause();
	}
	return false;
}

/* Reads a coarse clock: what the page says, without the counter. */
static inline bool read_coarse(uint64_t slot, struct instant *now)
{
	uint32_t seq = seq_read_begin(&BASIC->seq);

	now->sec = BASIC->sec[slot];
	now->nsec = BASIC->nsec[slot];
	return !seq_read_retry(&BASIC->seq, seq);
}

static inline int write_timespec(struct timespec *time, struct instant now)
{
	time->tv_sec = now.sec;
	time->tv_nsec = now.nsec >> NSEC_SHIFT;
	return 0;
}

static cold int clock_gettime_slow(int id, struct timespec *time,
				   const struct vvar_clocks *clocks,
				   uint64_t slot)
{
	struct instant now;

	if (read_slow(id, clocks, slot, &now))
		return write_timespec(time, now);
	return vdso_slow_path(id, time, SYS_clock_gettime);
}

static inline int clock_gettime_fine(int id, struct timespec *time,
				     const struct vvar_clocks *clocks,
				     uint64_t slot)
{
	struct instant now;

	if (likely(read_fast(clocks, slot, &now)))
		return write_timespec(time, now);
	return clock_gettime_slow(id, time, clocks, slot);
}

/* The clocks that are seldom read, and those that only the kernel knows. */
static noinline int clock_gettime_other(int id, struct timespec *time)
{
	const struct vvar_clocks *clocks = &vvar_u.clocks[VVAR_BOOT_TAI];
	uint64_t slot = 0;

	if (id == CLOCK_MONOTONIC_RAW)
		clocks = &vvar_u.clocks[VVAR_RAW];
	else if (id == CLOCK_TAI)
		slot = 1;
	else if (id != CLOCK_BOOTTIME)
		return vdso_slow_path(id, time, SYS_clock_gettime);
	return clock_gettime_fine(id, time, clocks, slot);
}

/* Neither fine nor coarse clocks are likelier: both have a straight path. */
notrace int __vdso_clock_gettime(int id, struct timespec *time)
{
	unsigned slot = id;
	struct instant now;

	if (slot <= CLOCK_MONOTONIC)
		return clock_gettime_fine(id, time, BASIC, slot);
	slot -= CLOCK_REALTIME_COARSE;
	if (unlikely(slot > 1))
		return clock_gettime_other(id, time);
	if (likely(read_coarse(slot, &now)))
		return write_timespec(time, now);
	return clock_gettime_slow(id, time, BASIC, slot);
}

static cold int gettimeofday_slow(struct timeval *time)
{
	struct timespec now;

	clock_gettime_slow(CLOCK_REALTIME, &now, BASIC, CLOCK_REALTIME);
	time->tv_sec = now.tv_sec;
	time->tv_usec = (uint32_t)now.tv_nsec / 1000;
	return 0;
}

/* Either pointer may be NULL. */
notrace int __vdso_gettimeofday(struct timeval *time, struct timezone *zone)
{
	struct instant now;

	if (unlikely(zone)) {
		zone->tz_minuteswest = vvar_u.minuteswest;
		zone->tz_dsttime = vvar_u.dsttime;
	}
	if (unlikely(!time))
		return 0;
	if (unlikely(!read_fast(BASIC, CLOCK_REALTIME, &now)))
		return gettimeofday_slow(time);
	time->tv_sec = now.sec;
	time->tv_usec = (uint32_t)(now.nsec >> NSEC_SHIFT) / 1000;
	return 0;
}

/* Returns the second of the last tick. It is one aligned word, so a single load
 * gets all of it, and no lock is needed. */
notrace int64_t __vdso_time(int64_t *time)
{
	int64_t sec = __atomic_load_n(&BASIC->sec[CLOCK_REALTIME],
				      __ATOMIC_RELAXED);

	if (time)
		*time = sec;
	return sec;
}

/* A NULL pointer only asks whether there is such a clock. */
notrace int __vdso_clock_getres(int id, struct timespec *resolution)
{
	unsigned clock = id, coarse = clock - CLOCK_REALTIME_COARSE;
	uint32_t nsec = 1;

	if (coarse <= 1)
		nsec = vvar_u.tick_ns;
	else if (unlikely(clock > CLOCK_MONOTONIC) && id != CLOCK_BOOTTIME &&
		 id != CLOCK_TAI && id != CLOCK_MONOTONIC_RAW)
		return vdso_slow_path(id, resolution, SYS_clock_getres);
	if (resolution)
		*resolution = (struct timespec){ .tv_nsec = nsec };
	return 0;
}

int clock_gettime(int id, struct timespec *time)
	__attribute__((weak, alias("__vdso_clock_gettime")));

int gettimeofday(struct timeval *time, struct timezone *zone)
	__attribute__((weak, alias("__vdso_gettimeofday")));

int64_t time(int64_t *time) __attribute__((weak, alias("__vdso_time")));

int clock_getres(int id, struct timespec *resolution)
	__attribute__((weak, alias("__vdso_clock_getres")));
