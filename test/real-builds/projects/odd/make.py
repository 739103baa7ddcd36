"""Makes files of the kinds that a list names: make.py LIST DIRECTORY"""
import os
import stat
import struct
import sys

LONG_AGO = 1_000_000_000
# Version 2 of the attribute: cap_net_bind_service, permitted and effective
CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)


def put(path: str | bytes, content: bytes = b"x\n", mode: int = 0o644) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)


def files() -> None:
    put("files/empty", b"")
    put("files/big", bytes(range(256)) * (5 << 12))
    with open("files/sparse", "wb") as file:
        file.write(b"begin")
        file.seek(64 << 20)
        file.write(b"end")
    with open("files/hole", "wb") as file:
        file.truncate(3 << 20)


def tools() -> None:
    put("tools/run", b"#!/bin/sh\n", 0o4755)
    put("tools/group", b"#!/bin/sh\n", 0o2755)
    put("tools/capable", b"#!/bin/sh\n", 0o755)
    os.setxattr("tools/capable", "security.capability", CAPABILITY)
    put("tools/shut", b"", 0o000)
    os.makedirs("tools/sticky")
    os.chmod("tools/sticky", 0o1777)
    os.makedirs("tools/inherits")
    os.chmod("tools/inherits", 0o2770)
    put("tools/owned", b"o\n")
    os.chown("tools/owned", 1000, 2_000_000_000)


def links() -> None:
    put("links/one", b"several names\n", 0o640)
    os.link("links/one", "links/two")
    os.makedirs("links/below")
    os.link("links/one", "links/below/three")
    for name, target in {
        "relative": "one",
        "absolute": "/etc/hostname",
        "up": "../files/empty",
        "out": "../../../../../etc/passwd",
        "dangling": "nowhere",
        "loop": "loop",
        "directory": "below",
    }.items():
        os.symlink(target, f"links/{name}")
    os.symlink("one", "links/symlink-1")
    os.link("links/symlink-1", "links/symlink-2", follow_symlinks=False)


def nodes() -> None:
    os.makedirs("nodes")
    os.mkfifo("nodes/fifo", 0o620)
    os.mknod("nodes/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.mknod("nodes/block", stat.S_IFBLK | 0o600, os.makedev(7, 300))


def names() -> None:
    for name in ["new\nline", "tab\t", "back\\slash", 'quo"te', "'", " ", "-rf", "*", "~", "%20", "é", "é", "日本", "😀"]:
        put(f"names/{name}", name.encode())
    put("names/" + "l" * 255)
    put("/".join(["names", *["d" * 100] * 3, "deep"]))
    put(b"names/\xff\xfe not unicode")
    put("names/.hidden/.file")


def times() -> None:
    for name, nanos in {"epoch": 0, "fraction": 1_234_567_890_123_456_789, "before": -1_500_000_000, "later": 4_102_444_800 * 10**9}.items():
        put(f"times/{name}")
        os.utime(f"times/{name}", ns=(nanos, nanos))


def age(directory: bytes) -> None:
    for path, _, names in os.walk(directory):
        for name in names:
            if not path.endswith(b"/times"):
                os.utime(os.path.join(path, name), (LONG_AGO, LONG_AGO), follow_symlinks=False)


with open(sys.argv[1]) as kinds:
    wanted = kinds.read().split()
os.makedirs(sys.argv[2])
os.chdir(sys.argv[2])
for kind in wanted:
    globals()[kind]()
age(b".")
