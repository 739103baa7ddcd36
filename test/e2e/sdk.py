"""Drives an engine with docker-py: sdk.py HOST VERSION. Prints "all well", or what was wrong."""

import io, sys, tarfile
import docker

client = docker.DockerClient(base_url=sys.argv[1], version=sys.argv[2], timeout=30)


def same(got, wanted):
    assert got == wanted, f"got {got!r}, wanted {wanted!r}"


def raises(kind, work):
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


same(client.ping(), True)
same(client.containers.run("busybox", "echo hello", remove=True), b"hello\n")
failed = raises(docker.errors.ContainerError, lambda: client.containers.run("busybox", "sh -c 'echo bad >&2; exit 3'"))
same((failed.exit_status, failed.stderr), (3, b"bad\n"))
failed.container.remove()
raises(docker.errors.NotFound, lambda: client.containers.get("nosuch"))
raises(docker.errors.ImageNotFound, lambda: client.images.get("nosuch"))

box = client.containers.run(
    "busybox",
    "sh -c 'echo started; exec sleep 1000'",
    detach=True,
    name="sdk",
    environment={"A": "b"},
    labels=["mark"],
    ports={"80/tcp": None},
    mem_limit="64m",
    tmpfs={"/t": "size=1m"},
    ulimits=[docker.types.Ulimit(name="nofile", soft=100, hard=200)],
    volumes={"sdk": {"bind": "/mnt", "mode": "rw"}},
)
try:
    box.reload()
    same((box.status, box.attrs["HostConfig"]["Memory"], list(box.ports)), ("running", 64 << 20, ["80/tcp"]))
    same(next(box.logs(stream=True)), b"started\n")
    same(box.exec_run(["sh", "-c", "echo $A; ulimit -Hn; exit 4"])[:], (4, b"b\n200\n"))
    same(box.exec_run(["sh", "-c", "echo o; echo e >&2"], demux=True).output, (b"o\n", b"e\n"))
    same(box.exec_run("tty", tty=True).output, b"/dev/pts/0\r\n")
    same(box.exec_run("nosuch").exit_code, 127)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("file")
        entry.size = 3
        tar.addfile(entry, io.BytesIO(b"abc"))
    same(box.put_archive("/root", archive.getvalue()), True)
    chunks, stat = box.get_archive("/root/file")
    same((stat["name"], stat["size"]), ("file", 3))
    same(tarfile.open(fileobj=io.BytesIO(b"".join(chunks))).extractfile("file").read(), b"abc")
    same(box.stats(stream=False)["memory_stats"]["limit"], 64 << 20)
    same("CMD" in box.top()["Titles"], True)
    box.pause()
    box.reload()
    same(box.status, "paused")
    box.unpause()
    box.rename("renamed")
    box.update(mem_limit="80m", memswap_limit="160m")
    box.commit("sdk", "made").reload()
    box.kill()
    same(box.wait()["StatusCode"], 137)
finally:
    box.remove(force=True, v=True)
client.images.remove("sdk:made")
client.volumes.get("sdk").remove()

image, log = client.images.build(fileobj=io.BytesIO(b"FROM busybox\nRUN echo built\nLABEL a=b\n"), tag="sdk", rm=True)
same(image.labels, {"a": "b"})
error = raises(docker.errors.BuildError, lambda: client.images.build(fileobj=io.BytesIO(b"FROM busybox\nRUN exit 5\n")))
same("non-zero code: 5" in str(error), True)
loaded = client.images.load(b"".join(image.save(named=True)))
same(loaded[0].tags, ["sdk:latest"])
client.images.remove("sdk")

network = client.networks.create("sdk", labels={"a": "b"})
peer = client.containers.run("busybox", "sleep 1000", detach=True, network="sdk")
try:
    network.disconnect(peer)
    network.connect(peer, aliases=["alias"])
    network.reload()
    same([each.id for each in network.containers], [peer.id])
    raises(docker.errors.APIError, network.remove)
finally:
    peer.remove(force=True)
network.remove()
print("all well")
