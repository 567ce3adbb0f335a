/*
 * The arithmetic of adjtimex(2).  RFC 5905 A.5.5; Linux's limits.
 */
#include "kernel/time/ntp.h"

#include <stdbool.h>

#include "kernel/abi/errno.h"
#include "kernel/lib/types.h"
#include "kernel/time/mul_div.h"
#include "kernel/time/tick.h"
#include "vdso/instant.h"

#define TICK_USEC    10000ll       /* the length that means no change */
#define MAX_FREQ     (500ll << 16) /* ppm << 16 */
#define MAX_OFFSET   500000000ll   /* ns */
#define MAX_ERROR    16000000      /* us; more is not synchronised */
#define ERROR_GROWTH 500           /* us a second: MAX_FREQ unsteered */
#define MAX_CONSTANT 10
#define SINGLE_RATE  (500000ll << NTP_FRACTION) /* 500 ppm */
#define LOOP_SHIFT   2 /* the loop's time: 2^(2 + constant) s */
#define DAY          86400

void ntp_init(struct ntp *ntp)
{
	*ntp = (struct ntp){
		.tick = TICK_USEC,
		.maxerror = MAX_ERROR,
		.esterror = MAX_ERROR,
		.constant = 2,
		.status = STA_UNSYNC,
	};
}

void ntp_clear(struct ntp *ntp)
{
	ntp->offset = ntp->single = 0;
	ntp->maxerror = ntp->esterror = MAX_ERROR;
	ntp->status |= STA_UNSYNC;
	ntp->state = TIME_OK;
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* value * b / c for a value of either sign */
static int64_t scale(int64_t value, uint64_t b, uint64_t c)
{
	return value < 0 ? -(int64_t)mul_div(-(uint64_t)value, b, c)
			 : (int64_t)mul_div(value, b, c);
}

/* ---- Running ------------------------------------------------------------ */

/* Off goes what was slewed meanwhile; less than that may be left over, or a
 * late tick slewed too far, which the next one takes back. */
static void work_off(int64_t *offset, int64_t rate, uint64_t elapsed_ns)
{
	int64_t done = scale(rate, elapsed_ns, NSEC_PER_SEC);

	*offset = done ? *offset - done : 0;
}

/* Nothing overshoots by the next tick, if that comes in time. */
static void choose_rates(struct ntp *ntp)
{
	int64_t single = clamp(ntp->single, -SINGLE_RATE, SINGLE_RATE);

	ntp->loop_rate = ntp->offset >> (LOOP_SHIFT + ntp->constant);
	ntp->single_rate = clamp(single * TICK_HZ, -SINGLE_RATE, SINGLE_RATE);
}

static void grow_error(struct ntp *ntp, uint64_t elapsed_ns)
{
	ntp->error_ns += elapsed_ns;
	ntp->maxerror += ntp->error_ns / NSEC_PER_SEC * ERROR_GROWTH;
	ntp->error_ns %= NSEC_PER_SEC;
	if (ntp->maxerror >= MAX_ERROR) {
		ntp->maxerror = MAX_ERROR;
		ntp->status |= STA_UNSYNC;
	}
}

void ntp_run(struct ntp *ntp, uint64_t elapsed_ns)
{
	grow_error(ntp, elapsed_ns);
	if (!ntp->offset && !ntp->single)
		return;
	work_off(&ntp->offset, ntp->loop_rate, elapsed_ns);
	ntp->offset = clamp(ntp->offset, -(MAX_OFFSET << NTP_FRACTION),
			    MAX_OFFSET << NTP_FRACTION);
	work_off(&ntp->single, ntp->single_rate, elapsed_ns);
	choose_rates(ntp);
}

/*
 * STA_INS: 23:59:59 lasts two seconds, of which the second is TIME_OOP.
 * STA_DEL: midnight follows 23:59:58. A tick that comes late does it late.
 */
int ntp_second(struct ntp *ntp, int64_t sec)
{
	int32_t wanted = ntp->status & (STA_INS | STA_DEL);
	bool insert = ntp->state == TIME_INS;

	switch (ntp->state) {
	case TIME_INS:
	case TIME_DEL:
		if (!(wanted & (insert ? STA_INS : STA_DEL)))
			break;
		if (sec < ntp->leap_sec - !insert)
			return 0;
		ntp->state = insert ? TIME_OOP : TIME_WAIT;
		return insert ? -1 : 1;
	case TIME_OOP:
	case TIME_WAIT:
		ntp->state = TIME_WAIT; /* until the wish is taken back */
		if (wanted)
			return 0;
	}
	ntp->state = wanted & STA_INS ? TIME_INS : wanted ? TIME_DEL : TIME_OK;
	ntp->leap_sec = (sec / DAY + 1) * DAY;
	return 0;
}

uint64_t ntp_mult(const struct ntp *ntp, uint64_t mult)
{
	int64_t ppb = ntp->freq * 1000 + ntp->loop_rate + ntp->single_rate +
		      (ntp->tick - TICK_USEC) * (100000ll << NTP_FRACTION);

	return mult + scale(ppb, mult, NSEC_PER_SEC << NTP_FRACTION);
}

/* ---- adjtimex ----------------------------------------------------------- */

static bool is_single(const struct timex *t)
{
	return t->modes & (ADJ_OFFSET_SINGLESHOT & ~ADJ_OFFSET);
}

int ntp_check(const struct timex *t)
{
	int64_t second = t->modes & ADJ_NANO ? NSEC_PER_SEC : 1000000;
	int64_t most_freq = INT64_MAX / (1000ll << 16);

	if (is_single(t))
		return t->modes & ADJ_OFFSET ? 0 : -EINVAL;
	if (t->modes & ADJ_TICK &&
	    (t->tick < TICK_USEC * 9 / 10 || t->tick > TICK_USEC * 11 / 10))
		return -EINVAL;
	if (t->modes & ADJ_SETOFFSET &&
	    (t->time.tv_usec < 0 || t->time.tv_usec >= second))
		return -EINVAL;
	if (t->modes & ADJ_FREQUENCY &&
	    (t->freq > most_freq || t->freq < -most_freq))
		return -EINVAL;
	return 0;
}

static void set_status(struct ntp *ntp, int32_t status, int64_t now_sec)
{
	if (ntp->status & STA_PLL && !(status & STA_PLL)) {
		ntp->offset = 0;
		status |= STA_UNSYNC;
	}
	if (!(ntp->status & STA_PLL))
		ntp->set_sec = now_sec;
	ntp->status = (ntp->status & STA_RONLY) | (status & ~STA_RONLY);
}

/* The longer an offset of one sign lasts, the more the frequency is off. */
static void set_offset(struct ntp *ntp, int64_t offset, int64_t now_sec)
{
	int shift = LOOP_SHIFT + 2 + ntp->constant;
	int64_t most = 1ll << (LOOP_SHIFT + 1 + ntp->constant);
	int64_t sec = clamp(now_sec - ntp->set_sec, 0, most);

	if (!(ntp->status & STA_PLL))
		return;
	if (!(ntp->status & STA_NANO))
		offset = clamp(offset, -1000000, 1000000) * 1000;
	offset = clamp(offset, -MAX_OFFSET, MAX_OFFSET);
	if (ntp->status & STA_FREQHOLD)
		sec = 0;
	/* ns * s / s^2 are ppb, a thousandth of ppm */
	ntp->freq += offset * sec * (1 << 16) / 1000 >> 2 * shift;
	ntp->freq = clamp(ntp->freq, -MAX_FREQ, MAX_FREQ);
	ntp->set_sec = now_sec;
	ntp->offset = offset * (1 << NTP_FRACTION);
}

static void set_constant(struct ntp *ntp, int64_t constant)
{
	constant = clamp(constant, 0, MAX_CONSTANT);
	if (!(ntp->status & STA_NANO))
		constant += 4;
	ntp->constant = clamp(constant, 0, MAX_CONSTANT);
}

/* In Linux's order: a status or a unit given now holds for the offset. */
static void obey(struct ntp *ntp, const struct timex *t, int64_t now_sec)
{
	if (t->modes & ADJ_STATUS)
		set_status(ntp, t->status, now_sec);
	if (t->modes & ADJ_NANO)
		ntp->status |= STA_NANO;
	if (t->modes & ADJ_MICRO)
		ntp->status &= ~STA_NANO;
	if (t->modes & ADJ_FREQUENCY)
		ntp->freq = clamp(t->freq, -MAX_FREQ, MAX_FREQ);
	if (t->modes & ADJ_MAXERROR)
		ntp->maxerror = clamp(t->maxerror, 0, MAX_ERROR);
	if (t->modes & ADJ_ESTERROR)
		ntp->esterror = clamp(t->esterror, 0, MAX_ERROR);
	if (t->modes & ADJ_TIMECONST)
		set_constant(ntp, t->constant);
	if (t->modes & ADJ_OFFSET)
		set_offset(ntp, t->offset, now_sec);
	if (t->modes & ADJ_TICK)
		ntp->tick = t->tick;
}

int ntp_adjust(struct ntp *ntp, struct timex *t, int64_t now_sec)
{
	int64_t one = 1ll << NTP_FRACTION;
	bool nano;

	if (is_single(t)) {
		int64_t left = ntp->single / one / 1000;

		if (!(t->modes & (ADJ_OFFSET_SS_READ & ~ADJ_OFFSET_SINGLESHOT)))
			ntp->single = clamp(t->offset, -INT32_MAX, INT32_MAX) *
				      1000 * one;
		t->offset = left;
		nano = ntp->status & STA_NANO;
	} else {
		obey(ntp, t, now_sec);
		nano = ntp->status & STA_NANO;
		t->offset = ntp->offset / one / (nano ? 1 : 1000);
	}
	choose_rates(ntp);
	*t = (struct timex){
		.modes = t->modes,
		.offset = t->offset,
		.freq = ntp->freq,
		.maxerror = ntp->maxerror,
		.esterror = ntp->esterror,
		.status = ntp->status,
		.constant = ntp->constant,
		.precision = 1,
		.tolerance = MAX_FREQ,
		.tick = ntp->tick,
	};
	return ntp->status & STA_UNSYNC ? TIME_ERROR : ntp->state;
}
