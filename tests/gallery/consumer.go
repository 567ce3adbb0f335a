// The same for Go, which asks for the time of day and for a duration.
package main

import (
	"fmt"
	"syscall"
	"time"
	"unsafe"
)

const rounds = 2000

func main() {
	var now syscall.Timespec
	before := time.Now()
	for i := 0; i < rounds; i++ {
		syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, 1,
			uintptr(unsafe.Pointer(&now)), 0)
	}
	call := time.Since(before)
	before = time.Now()
	for i := 0; i < rounds; i++ {
		time.Now()
	}
	asked := time.Since(before)
	way := "call"
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, 0,
		uintptr(unsafe.Pointer(&now)), 0)
	difference := time.Now().Unix() - now.Sec
	if difference < -1 || difference > 1 || asked <= 0 {
		way = "wrong"
	} else if asked < call {
		// it asks two clocks at a time
		way = "vdso"
	}
	fmt.Printf(" time.Now=%s\n", way)
}
