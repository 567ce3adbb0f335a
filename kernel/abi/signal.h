/*
 * Signals: numbers, actions, what a handler is told (siginfo), and the frame
 * that the kernel writes on the user's stack (ucontext, sigcontext, and the
 * FPU state behind sigcontext.fpstate).  These are the kernel's layouts;
 * addresses are integers, because the kernel must never follow them.
 */
#ifndef KERNEL_ABI_SIGNAL_H
#define KERNEL_ABI_SIGNAL_H

#include <stdint.h>

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGIOT    6
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGSTKFLT 16
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPOLL   29
#define SIGPWR    30
#define SIGSYS    31
#define SIGRTMIN  32
#define SIGRTMAX  64
#define _NSIG     64

/* Signal n is bit n - 1. */
typedef uint64_t sigset_t;

/* rt_sigaction (a C library's struct sigaction differs). */
struct kernel_sigaction {
	uint64_t sa_handler;  /* SIG_DFL, SIG_IGN or an address */
	uint64_t sa_flags;    /* SA_* */
	uint64_t sa_restorer; /* where the handler returns to */
	sigset_t sa_mask;     /* blocked while the handler runs */
};

#define SIG_DFL 0
#define SIG_IGN 1

#define SA_NOCLDSTOP      0x00000001
#define SA_NOCLDWAIT      0x00000002
#define SA_SIGINFO        0x00000004
#define SA_UNSUPPORTED    0x00000400
#define SA_EXPOSE_TAGBITS 0x00000800
#define SA_RESTORER       0x04000000
#define SA_ONSTACK        0x08000000
#define SA_RESTART        0x10000000
#define SA_NODEFER        0x40000000
#define SA_RESETHAND      0x80000000

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

/* sigaltstack */
typedef struct sigaltstack {
	uint64_t ss_sp;
	int32_t ss_flags; /* SS_* */
	uint64_t ss_size;
} stack_t;

#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM (1U << 31)
#define MINSIGSTKSZ   2048
#define SIGSTKSZ      8192

typedef union sigval {
	int32_t sival_int;
	uint64_t sival_ptr;
} sigval_t;

typedef struct siginfo {
	int32_t si_signo;
	int32_t si_errno;
	int32_t si_code; /* who or why: SI_*, CLD_*, SEGV_* … */
	int32_t si_pad0;
	union {
		struct { /* kill, sigqueue, timers, SIGCHLD */
			union {
				int32_t si_pid; /* the sender, or the child */
				int32_t si_tid; /* timer */
			};
			union {
				uint32_t si_uid;    /* the sender's */
				int32_t si_overrun; /* timer */
			};
			union {
				sigval_t si_value;
				struct { /* SIGCHLD */
					int32_t si_status;
					int64_t si_utime; /* in 1/100 s */
					int64_t si_stime;
				};
			};
		};
		struct { /* SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP */
			uint64_t si_addr;
			int16_t si_addr_lsb;
		};
		struct { /* SIGIO */
			int64_t si_band;
			int32_t si_fd;
		};
		struct { /* SIGSYS */
			uint64_t si_call_addr;
			int32_t si_syscall;
			uint32_t si_arch;
		};
		int32_t si_pad1[28];
	};
} siginfo_t;

#define SI_USER   0
#define SI_KERNEL 0x80
#define SI_QUEUE  -1
#define SI_TIMER  -2
#define SI_TKILL  -6

#define ILL_ILLOPC    1
#define ILL_ILLOPN    2
#define ILL_PRVOPC    5
#define ILL_BADSTK    8
#define FPE_INTDIV    1
#define FPE_INTOVF    2
#define FPE_FLTDIV    3
#define FPE_FLTOVF    4
#define FPE_FLTUND    5
#define FPE_FLTRES    6
#define FPE_FLTINV    7
#define SEGV_MAPERR   1
#define SEGV_ACCERR   2
#define BUS_ADRALN    1
#define BUS_ADRERR    2
#define BUS_OBJERR    3
#define TRAP_BRKPT    1
#define TRAP_TRACE    2
#define TRAP_HWBKPT   4
#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_TRAPPED   4
#define CLD_STOPPED   5
#define CLD_CONTINUED 6
#define POLL_IN       1
#define POLL_OUT      2
#define POLL_HUP      6

/* timer_create */
typedef struct sigevent {
	sigval_t sigev_value;
	int32_t sigev_signo;
	int32_t sigev_notify; /* SIGEV_* */
	union {
		int32_t _pad[12];
		int32_t _tid; /* SIGEV_THREAD_ID */
	} _sigev_un;
} sigevent_t;

#define SIGEV_SIGNAL    0
#define SIGEV_NONE      1
#define SIGEV_THREAD    2
#define SIGEV_THREAD_ID 4

/*
 * The FPU state of a frame: FXSAVE's 512 bytes, whose last 48 tell whether
 * XSAVE's header and components follow.
 */
struct _fpx_sw_bytes {
	uint32_t magic1;        /* FP_XSTATE_MAGIC1, or 0: FXSAVE only */
	uint32_t extended_size; /* of all, FP_XSTATE_MAGIC2 at its end too */
	uint64_t xfeatures;     /* components present */
	uint32_t xstate_size;   /* of the XSAVE area alone */
	uint32_t padding[7];
};

struct _fpstate {
	uint16_t cwd;
	uint16_t swd;
	uint16_t twd;
	uint16_t fop;
	uint64_t rip;
	uint64_t rdp;
	uint32_t mxcsr;
	uint32_t mxcsr_mask;
	uint32_t st_space[32];  /* 8 x87 registers, 16 bytes each */
	uint32_t xmm_space[64]; /* 16 XMM registers, 16 bytes each */
	uint32_t reserved2[12];
	struct _fpx_sw_bytes sw_reserved;
};

struct _header {
	uint64_t xfeatures;
	uint64_t reserved1[2];
	uint64_t reserved2[5];
};

struct _ymmh_state {
	uint32_t ymmh_space[64]; /* upper halves of 16 YMM registers */
};

struct _xstate {
	struct _fpstate fpstate;
	struct _header xstate_hdr;
	struct _ymmh_state ymmh;
};

#define FP_XSTATE_MAGIC1      0x46505853U
#define FP_XSTATE_MAGIC2      0x46505845U
#define FP_XSTATE_MAGIC2_SIZE 4

/* The registers of a frame. */
struct sigcontext {
	uint64_t r8;
	uint64_t r9;
	uint64_t r10;
	uint64_t r11;
	uint64_t r12;
	uint64_t r13;
	uint64_t r14;
	uint64_t r15;
	uint64_t rdi;
	uint64_t rsi;
	uint64_t rbp;
	uint64_t rbx;
	uint64_t rdx;
	uint64_t rax;
	uint64_t rcx;
	uint64_t rsp;
	uint64_t rip;
	uint64_t eflags;
	uint16_t cs;
	uint16_t gs;
	uint16_t fs;
	uint16_t ss;
	uint64_t err;     /* the trap's error code */
	uint64_t trapno;  /* its vector */
	uint64_t oldmask; /* low word of the blocked signals */
	uint64_t cr2;
	uint64_t fpstate; /* struct _fpstate, 64-byte aligned; 0: none */
	uint64_t reserved1[8];
};

struct ucontext {
	uint64_t uc_flags; /* UC_* */
	uint64_t uc_link;
	stack_t uc_stack;
	struct sigcontext uc_mcontext;
	sigset_t uc_sigmask; /* restored by rt_sigreturn */
};

#define UC_FP_XSTATE         0x1
#define UC_SIGCONTEXT_SS     0x2
#define UC_STRICT_RESTORE_SS 0x4

#endif
