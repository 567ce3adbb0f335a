"""The distribution's Python 3: its standard library on our kernel."""
import errno, fcntl, hashlib, json, mmap, multiprocessing, os, re, select
import signal, subprocess, sys, tempfile, threading, time

print(sys.version_info[:2], os.uname().sysname)
ticks = []
signal.signal(signal.SIGALRM, lambda *_: ticks.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
while len(ticks) < 5:
    time.sleep(0.01)
signal.setitimer(signal.ITIMER_REAL, 0)
print("five ticks")
print(subprocess.run(["/bin/sh", "-c", "echo sub; exit 4"],
                     capture_output=True, check=False))
done = []
threads = [threading.Thread(target=lambda n=n: done.append(n))
           for n in range(20)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(done))
print(os.popen("echo popen").read(), end="")
memory = mmap.mmap(-1, 8192)
memory[0:5] = b"hello"
memory.resize(65536)
print(memory[0:5], len(memory))
poller = select.epoll()
reader, writer = os.pipe()
poller.register(reader, select.EPOLLIN)
print(poller.poll(0))
os.write(writer, b"x")
print([events for _, events in poller.poll(1)])
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "file")
    with open(path, "w+b") as file:
        file.write(b"1" * 1000)
        file.flush()
        print(os.path.getsize(path))
        fcntl.lockf(file, fcntl.LOCK_EX)
        child = os.fork()
        if child == 0:
            with open(path, "r+b") as other:
                try:
                    fcntl.lockf(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    os._exit(error.errno)
        print(os.WEXITSTATUS(os.waitpid(child, 0)[1]) == errno.EAGAIN)
    print(os.listdir(folder))
print(json.dumps({"a": [1, 2.5, None]}), hashlib.sha256(b"x").hexdigest()[:8],
      re.findall("a.", "abac"))
fd = os.memfd_create("x")
os.ftruncate(fd, 4096)
print(os.readlink(f"/proc/self/fd/{fd}"))
for call in (lambda: os.open("/no/such", 0), lambda: os.kill(0x7ffffff0, 0),
             lambda: os.rmdir("/"), lambda: os.close(99)):
    try:
        call()
    except OSError as error:
        print(error)


def answer(queue):
    queue.put(42)


queue = multiprocessing.Queue()
process = multiprocessing.Process(target=answer, args=(queue,))
process.start()
print(queue.get())
process.join()
print(process.exitcode)
sys.exit(6)
