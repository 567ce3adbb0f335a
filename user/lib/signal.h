/*
 * Signal handlers: struct kernel_sigaction with the restorer that a handler's
 * return needs.
 */
#ifndef USER_LIB_SIGNAL_H
#define USER_LIB_SIGNAL_H

#include "user/lib/syscall.h"

/* crt0.S: rt_sigreturn(2). */
void signal_restorer(void);

typedef void (*signal_handler)(int sig, siginfo_t *info,
			       struct ucontext *context);

#define SIGNAL_BIT(sig) (1ul << ((sig) - 1))

/*
 * Installs `handler` with SA_* `flags`; `mask` is blocked meanwhile.
 * 0 or -EINVAL.
 */
static inline long signal_set_masked(int sig, signal_handler handler,
				     uint64_t flags, sigset_t mask)
{
	struct kernel_sigaction action = {
		.sa_handler = (uint64_t)handler,
		.sa_flags = flags | SA_SIGINFO | SA_RESTORER,
		.sa_restorer = (uint64_t)signal_restorer,
		.sa_mask = mask,
	};

	return call_rt_sigaction(sig, &action, NULL);
}

static inline long signal_set(int sig, signal_handler handler, uint64_t flags)
{
	return signal_set_masked(sig, handler, flags, 0);
}

/* `disposition` is SIG_DFL or SIG_IGN. */
static inline long signal_plain(int sig, uint64_t disposition)
{
	struct kernel_sigaction action = { .sa_handler = disposition };

	return call_rt_sigaction(sig, &action, NULL);
}

#endif
