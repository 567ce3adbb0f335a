"""Whose each frame of memory is."""

from .kernel import PAGE, Unreadable

# In the order in which they are explained, with their meaning.
OWNERS = {
    "page": "the data page, [vvar]",
    "image": "the vDSO's image",
    "process": "a process's own",
    "file": "a file's, mapped",
    "tables": "page and frame tables",
    "kernel": "the kernel's image",
    "heap": "the kernel's heap and stacks",
    "cache": "a file's, not mapped",
    "archive": "the archive with the files (initrd)",
    "free": "free",
    "none": "no RAM",
}


class Frames:
    """The owner of each frame, and which page of which process shows it."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.refs = kernel.refs()
        self.users = {}         # frame number: [(process, address, entry)]
        self.tables = set()
        for process in kernel.processes():
            self.add_process(process)
        self.owners = ["none"] * len(self.refs)
        self.add_ram()
        self.add_kernel()
        self.add_files()
        self.add_users()

    def add_process(self, process):
        if process.space is None:
            return
        pages, tables = self.kernel.mappings(process.space.root)
        self.tables.update(table // PAGE for table in tables)
        for address, entry in pages:
            self.users.setdefault(entry.target // PAGE, []).append(
                (process, address, entry))

    def set(self, frame, owner):
        if 0 <= frame < len(self.owners):
            self.owners[frame] = owner

    def fill(self, start, end, owner):
        for frame in range(start // PAGE, -(-end // PAGE)):
            self.set(frame, owner)

    def add_ram(self):
        info = self.kernel.variable("boot_info")
        for part in info.ram[:info.ram_count]:
            self.fill(part.start, part.end, "free")
        for frame, refs in enumerate(self.refs):
            if refs:
                self.owners[frame] = "heap"
        self.fill(info.initrd.start, info.initrd.end, "archive")

    def add_kernel(self):
        kernel = self.kernel
        pages, tables = kernel.mappings(kernel.kernel_root(), 1)
        table_start = kernel.known.constant("FRAME_TABLE")
        for address, entry in pages:
            if table_start <= address < table_start + (1 << 39):
                self.fill(entry.target, entry.target + entry.size, "tables")
        self.tables.update(table // PAGE for table in tables)
        for frame in self.tables:
            self.set(frame, "tables")
        self.fill(*(kernel.physical(kernel.symbols.address(name))
                    for name in ("kernel_start", "kernel_end")), "kernel")

    def add_files(self):
        """Pages of the files that have a name; add_users() comes after."""
        kernel = self.kernel
        for root, height in kernel.file_pages():
            level = [root]
            for _ in range(height):
                level = [slot for node in level for slot in
                         memoryview(kernel.page(node)).cast("Q") if slot]
            for place in level:
                self.set(place // PAGE, "cache")

    def add_users(self):
        """More users than page tables: the file has the page as well."""
        for frame, users in self.users.items():
            if frame < len(self.refs):
                self.set(frame, "file" if self.refs[frame] > len(users)
                         else "process")
        for frame in self.kernel.image_frames():
            self.set(frame // PAGE, "image")
        self.set(self.kernel.vvar_frame() // PAGE, "page")

    def sentence(self, frame):
        """What is to say of one frame."""
        if not 0 <= frame < len(self.owners):
            return "no memory"
        owner = self.owners[frame]
        words = f"frame {frame:#x} at {frame * PAGE:#x}: {OWNERS[owner]}"
        if self.refs[frame] > 1:
            words += f", {self.refs[frame]} users"
        for process, address, entry in self.users.get(frame, [])[:8]:
            words += (f"\n{process.name} (process {process.number}) at "
                      f"{address:#x} {entry.rights()}")
            try:
                area = process.area_at(address)
                words += f" {area.name}" if area else ""
            except Unreadable:
                pass
        return words
