/* A reader begins. Returns what seq_read_retry() needs to know. */
static inline uint32_t seq_read_begin(const struct seqlock *seq)
{
	(void)seq;
	return 0;
}

/* A reader is done. Returns true if the data may have changed since
 * seq_read_begin() returned `end`: what was loaded must be dropped. */
static inline bool seq_read_retry(const struct seqlock *seq, uint32_t end)
{
	(void)seq, (void)end;
	return false;
}

/* The writer is about to change the data. There is only one writer at a time,
 * and none in an interrupt of another. */
static inline void seq_write_begin(struct seqlock *seq)
{
	(void)seq;
}

/* The writer has changed the data. */
static inline void seq_write_end(struct seqlock *seq)
{
	(void)seq;
}
