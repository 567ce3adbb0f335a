"""gdb as an editor starts it: .vscode/launch.json's commands, in gdb's language
for machines."""

import json
import os
import subprocess

from machine import check, contains, main


def test_editor():
    with open(".vscode/launch.json", encoding="utf-8") as file:
        entry = json.load(file)["configurations"][0]
    subprocess.run(["make", "build-debug"], check=True,
                   stdout=subprocess.DEVNULL)
    server = subprocess.Popen(
        ["tools/gdb/start", "-server", "build/debug"], text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        start_new_session=True)
    try:
        while "port" not in server.stdout.readline():
            pass
        gdb = entry["miDebuggerPath"].replace("${workspaceFolder}", ".")
        editor = subprocess.Popen(
            [gdb, "--interpreter=mi"], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)

        def say(command, answer):
            """Gives gdb a command and waits for an answer."""
            editor.stdin.write(command + "\n")
            editor.stdin.flush()
            for line in editor.stdout:
                if line.startswith(answer):
                    return line
            return "gdb has ended"

        setup = entry["customLaunchSetupCommands"][0]["text"]
        check("the machine waits at its first instruction", say(
            f'-interpreter-exec console "{setup}"', "*stopped,reason"),
            "breakpoint-hit", contains)
        say("-break-insert update_vsyscall", "^done")
        check("a breakpoint of the editor's", say("-exec-continue",
              "*stopped"), 'func="update_vsyscall"', contains)
        check("its stack", say("-stack-list-frames 0 3", "^done"),
              'file="kernel/time/timekeeper.c"', contains)
        say("-gdb-exit", "^exit")
        editor.wait()
    finally:
        os.killpg(server.pid, 15)
        server.wait()


main(test_editor)
