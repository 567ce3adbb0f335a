/* What the queues of signals tell other parts: queue.c. */
#ifndef KERNEL_OPTIONAL_SIGNALS_QUEUE_H
#define KERNEL_OPTIONAL_SIGNALS_QUEUE_H

#include "kernel/lib/hook.h"
#include "kernel/process/signal.h"

/* Raised when a signal of a timer (SI_TIMER) is taken from a queue, so that the
 * timer can complete *info. The lock of the handlers is held. */
HOOK_EVENT(timer_signal_taken, struct process *process, siginfo_t *info);

#endif
