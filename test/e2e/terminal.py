"""Runs a program in a terminal of its own and types into it.

argv[1] is JSON: {"argv": [...], "rows": 24, "columns": 80, "steps": [["expect", "text"], ["send", "text"], ["resize", rows, columns]]}
Prints JSON: {"output": "...", "status": 0, "missing": "text that did not come"}
"""

import fcntl, json, os, pty, select, signal, struct, sys, termios, time

PATIENCE = 10
job = json.loads(sys.argv[1])


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


pid, fd = pty.fork()
if pid == 0:
    time.sleep(0.05)  # until the size is set
    os.execvp(job["argv"][0], job["argv"])
resize(fd, job.get("rows", 24), job.get("columns", 80))

output, seen, missing = "", 0, None


def read(timeout):
    """Reads what is there; False at the end."""
    global output
    if not select.select([fd], [], [], timeout)[0]:
        return True
    try:
        piece = os.read(fd, 65536)
    except OSError:
        return False
    output += piece.decode("utf-8", "replace")
    return piece != b""


for verb, *args in job["steps"]:
    if verb == "send":
        os.write(fd, args[0].encode())
    elif verb == "resize":
        time.sleep(0.5)  # docker listens for SIGWINCH only a moment after the program's first output
        resize(fd, *args)
        os.kill(pid, signal.SIGWINCH)
        time.sleep(0.2)
    else:
        deadline = time.time() + PATIENCE
        while args[0] not in output[seen:] and time.time() < deadline and read(0.1):
            pass
        found = output.find(args[0], seen)
        if found < 0:
            missing = args[0]
            break
        seen = found + len(args[0])

deadline = time.time() + (1 if missing else PATIENCE)
status = None
while status is None and time.time() < deadline:
    alive = read(0.05)
    ended, code = os.waitpid(pid, os.WNOHANG)
    if ended:
        status = os.waitstatus_to_exitcode(code)
    elif not alive:
        time.sleep(0.02)
if status is None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
while read(0) and select.select([fd], [], [], 0)[0]:
    pass
print(json.dumps({"output": output, "status": status, "missing": missing}))
