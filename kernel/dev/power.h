/*
 * The end of the machine: it is switched off, started again, or stopped.
 */
#ifndef KERNEL_DEV_POWER_H
#define KERNEL_DEV_POWER_H

/* Switches QEMU off; a machine that does not know how is halted. */
_Noreturn void power_off(void);

/* Resets the machine. */
_Noreturn void power_reboot(void);

/* Ends QEMU with status 255 where it has the device for that (-device
 * isa-debug-exit,iobase=0xf4,iosize=4); any other machine is switched off. */
_Noreturn void power_exit(void);

/* Stops this CPU for good; the machine stays on. */
_Noreturn void power_halt(void);

#endif
