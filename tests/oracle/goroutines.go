// What Go's runtime needs from a kernel: threads, timers, signals between
// them, a poller, memory that comes and goes.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

// Garbage from a hundred goroutines at once.
func allocate() {
	var group sync.WaitGroup
	var mutex sync.Mutex
	total := 0
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			kept := make([][]byte, 0)
			for j := 0; j < 200; j++ {
				kept = append(kept, make([]byte, 4096))
			}
			mutex.Lock()
			total += len(kept) + fib(10)
			mutex.Unlock()
		}()
	}
	group.Wait()
	fmt.Println("total", total)
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	fmt.Println("garbage was collected:", memory.NumGC > 0)
}

func timers() {
	ticker := time.NewTicker(5 * time.Millisecond)
	for i := 0; i < 10; i++ {
		<-ticker.C
	}
	start := time.Now()
	time.Sleep(20 * time.Millisecond)
	fmt.Println("slept:", time.Since(start) >= 20*time.Millisecond)
	select {
	case <-make(chan int):
	case <-time.After(10 * time.Millisecond):
		fmt.Println("timed out")
	}
}

func channels() {
	numbers := make(chan int)
	go func() {
		for i := 0; i < 10000; i++ {
			numbers <- i
		}
		close(numbers)
	}()
	sum := 0
	for n := range numbers {
		sum += n
	}
	fmt.Println("sum", sum)
}

func pipes() {
	r, w, _ := os.Pipe()
	go func() {
		time.Sleep(10 * time.Millisecond)
		w.Write([]byte("through the poller"))
		w.Close()
	}()
	text := make([]byte, 100)
	n, _ := r.Read(text)
	fmt.Println(string(text[:n]))
}

// A goroutine that never yields does not stop the others.
func preempt() {
	done := false
	go func() {
		for !done {
		}
	}()
	time.Sleep(20 * time.Millisecond)
	runtime.GC()
	done = true
	fmt.Println("preempted")
}

func main() {
	allocate()
	timers()
	channels()
	pipes()
	preempt()
	os.Exit(3)
}
