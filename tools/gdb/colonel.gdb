# gdb's first file: gdb -nx -x tools/gdb/colonel.gdb, from the project's root.
# The machine's folder and port come from tools/gdb/start; what follows an
# address space is in colonel.py.
set confirm off
set pagination off
set disassembly-flavor intel
set print pretty on
set history filename ~/.colonel_gdb_history
set history save on
set breakpoint pending on
source tools/gdb/colonel.py
