/*
 * The arithmetic of adjtimex(2), with Linux's limits.
 */
#include "kernel/optional/steering/slew.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/saturate.h"
#include "vdso/instant.h"

#define TICK_USEC    10000ll       /* the length that means no change */
#define MAX_FREQ     (500ll << 16) /* ppm << 16 */
#define ERROR_GROWTH 500           /* us a second: MAX_FREQ unsteered */

#define KNOWN_MODES                                                 \
	(ADJ_FREQUENCY | ADJ_MAXERROR | ADJ_ESTERROR | ADJ_STATUS | \
	 ADJ_SETOFFSET | ADJ_MICRO | ADJ_NANO | ADJ_TICK)

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

void slew_clear(struct slew *slew)
{
	slew->maxerror = slew->esterror = SLEW_MAX_ERROR;
	slew->status |= STA_UNSYNC;
}

uint64_t slew_mult(const struct slew *slew, uint64_t mult)
{
	/* parts per billion << 16 */
	int64_t ppb = slew->freq * 1000 +
		      (slew->tick - TICK_USEC) * (100000ll << 16);
	uint64_t change = mul_div(mult, (uint64_t)(ppb < 0 ? -ppb : ppb),
				  NSEC_PER_SEC << 16);

	return ppb < 0 ? mult - change : mult + change;
}

int slew_check(const struct timex *t)
{
	int64_t second = t->modes & ADJ_NANO ? NSEC_PER_SEC : 1000000;
	int64_t most_freq = INT64_MAX / (1000ll << 16);

	if (t->modes == ADJ_OFFSET_SS_READ)
		return 0;
	if (t->modes & ~KNOWN_MODES)
		return -EINVAL;
	if (t->modes & ADJ_STATUS && t->status & ~(STA_UNSYNC | STA_RONLY))
		return -EINVAL;
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

static void obey(struct slew *slew, const struct timex *t)
{
	if (t->modes & ADJ_STATUS)
		slew->status = (slew->status & STA_NANO) |
			       (t->status & STA_UNSYNC);
	if (t->modes & ADJ_NANO)
		slew->status |= STA_NANO;
	if (t->modes & ADJ_MICRO)
		slew->status &= ~STA_NANO;
	if (t->modes & ADJ_FREQUENCY)
		slew->freq = clamp(t->freq, -MAX_FREQ, MAX_FREQ);
	if (t->modes & ADJ_MAXERROR)
		slew->maxerror = clamp(t->maxerror, 0, SLEW_MAX_ERROR);
	if (t->modes & ADJ_ESTERROR)
		slew->esterror = clamp(t->esterror, 0, SLEW_MAX_ERROR);
	if (t->modes & ADJ_TICK)
		slew->tick = t->tick;
}

/* An error that is not told anew grows by what the clock may drift. */
static void grow_error(struct slew *slew, int64_t now_sec)
{
	slew->maxerror += (now_sec - slew->error_sec) * ERROR_GROWTH;
	slew->error_sec = now_sec;
	if (slew->maxerror < SLEW_MAX_ERROR)
		return;
	slew->maxerror = SLEW_MAX_ERROR;
	slew->status |= STA_UNSYNC;
}

int slew_adjust(struct slew *slew, struct timex *t, int64_t now_sec)
{
	grow_error(slew, now_sec);
	if (t->modes != ADJ_OFFSET_SS_READ)
		obey(slew, t);
	*t = (struct timex){
		.modes = t->modes,
		.freq = slew->freq,
		.maxerror = slew->maxerror,
		.esterror = slew->esterror,
		.status = slew->status,
		.constant = 2,
		.precision = 1,
		.tolerance = MAX_FREQ,
		.tick = slew->tick,
	};
	return slew->status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}
