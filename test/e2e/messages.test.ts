import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mapPool } from '../../src/lib/pool.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { shell } from './shell.ts';

/** A command line, its exit status, and what it says on either stream. Checked against Docker 28. */
type Case = readonly [line: string, status: number, says: RegExp];

const creation: readonly Case[] = [
  ['run busybox nosuch', 127, /exec: "nosuch": executable file not found in \$PATH/],
  ['run busybox /etc', 126, /exec: "\/etc": permission denied/],
  ['run --network nosuch busybox true', 125, /failed to set up container networking: network nosuch not found/],
  ['run --network container:nosuch busybox true', 125, /^docker: Error response from daemon: joining network namespace of container: No such container: nosuch/],
  ['run --pid container:nosuch busybox true', 125, /^docker: Error response from daemon: No such container: nosuch/],
  ['run --volumes-from nosuch busybox true', 125, /^docker: Error response from daemon: No such container: nosuch/],
  ['run --link nosuch busybox true', 125, /could not get container for nosuch: No such container: nosuch/],
  ['run --ip 172.17.0.99 busybox true', 125, /user specified IP address is supported on user defined networks only/],
  ['run --tmpfs /x:bad busybox true', 125, /invalid tmpfs option "bad"/],
  ['run --tmpfs x busybox true', 125, /daemon: invalid mount path: 'x' mount path must be absolute/],
  ['run --cpus 1000 busybox true', 125, /range of CPUs is from 0\.01 to/],
  ['run --cpuset-cpus 999 busybox true', 125, /Requested CPUs are not available - requested 999, available: /],
  ['run --cpuset-cpus x busybox true', 125, /Invalid value x for cpuset cpus/],
  ['run --log-driver nosuch busybox true', 125, /error looking up logging plugin nosuch: plugin "nosuch" not found/],
  ['run --isolation bad busybox true', 125, /invalid isolation \(bad\): linux only supports 'default'/],
  ['run --storage-opt bad=1 busybox true', 125, /Unknown option bad/],
  ['run --gpus all busybox true', 125, /could not select device driver "" with capabilities: \[\[gpu\]\]/],
  ['run --mount type=bad,dst=/x busybox true', 125, /invalid mount config for type "bad": mount type unknown/],
  ['run -v x:/x:shared,rshared busybox true', 125, /invalid mode: shared,rshared/],
  ['run --mount type=volume,src=v,dst=/x,volume-subpath=../y busybox true', 125, /subpath must be a relative path within the volume/],
  ['run --mount type=bind,src=/nosuch,dst=/x busybox true', 125, /bind source path does not exist: \/nosuch/],
  ['run -v /etc/passwd:/etc busybox true', 125, /Are you trying to mount a directory onto a file \(or vice-versa\)\?/],
  ['run --security-opt apparmor=unconfined busybox true', 0, /^$/],
  ['run --oom-kill-disable busybox true', 0, /OOM killer is disabled for the container, but no memory limit is set/],
  ['run -p 192.0.2.250:1:1 busybox true', 125, /failed to set up container networking: .*cannot assign requested address/],
]; // prettier-ignore

const verbs: readonly Case[] = [
  ['kill -s nosuch box', 1, /cannot kill container: box: invalid signal: nosuch/],
  ['kill nosuch', 1, /cannot kill container: nosuch: No such container: nosuch/],
  ['rm box', 1, /cannot remove container "box": container is running: stop the container before removing/],
  ['rename box "bad name"', 1, /Error when allocating new name: Invalid container name \(\/bad name\), only/],
  ['rename box box', 1, /Renaming a container with the same name as its current name/],
  ['unpause box', 1, /Container [0-9a-f]{64} is not paused/],
  ['exec -u nosuch box id', 1, /^Error response from daemon: unable to find user nosuch: no matching entries in passwd file/],
  ['exec box nosuch', 127, /exec: "nosuch": executable file not found in \$PATH/],
  ['exec box /etc', 126, /permission denied/],
  ['top box bad', 1, /^Error response from daemon: ps: error: [^\n]+\n$/],
  ['ps -f status=bad', 1, /invalid value for state \(bad\): must be one of created, running/],
  ['ps -f health=bad', 1, /must be one of none, starting, healthy, unhealthy/],
  ['cp box:/nope -', 1, /Could not find the file \/nope in container box\n$/],
  ['cp box:/etc/passwd/ -', 1, /lstat \/etc\/passwd\/: not a directory/],
  ['cp box:/proc/self/status -', 1, /Could not find the file \/proc\/self\/status in container box/],
  ['cp /etc/hostname box:/nosuch/x', 1, /Could not find the file \/nosuch in container box/],
  ['cp /etc/hostname box:/etc/passwd/', 1, /no such directory/],
  ['commit -c "FROM x" box', 1, /FROM is not a valid change command/],
  ['network create -d nosuch n', 1, /plugin "nosuch" not found/],
  ['network connect bridge alone', 1, /container cannot be connected to multiple networks with one of the networks in private \(none\) mode/],
  ['network connect --alias x bridge detached', 1, /network-scoped alias is supported only for containers in user defined networks/],
  ['network rm bridge', 1, /bridge is a pre-defined network and cannot be removed/],
  ['push localhost:1/nosuch', 1, /The push refers to repository \[localhost:1\/nosuch\]\n.*An image does not exist locally with the tag: localhost:1\/nosuch/s],
  ['pull scratch', 1, /'scratch' is a reserved name/],
  ['save --platform linux/riscv64 busybox', 1, /no suitable export target found for platform linux\/riscv64/],
]; // prettier-ignore

describe('what goes wrong is told in the words of Docker', needs('root', 'docker', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
    await shell(engine, 'docker run -d --name box busybox sleep 1000; docker run -d --name alone --network none busybox sleep 1000');
    await shell(engine, 'docker network create own; docker run -d --name detached --network own busybox sleep 1000');
  }); // prettier-ignore
  after(() => engine?.[Symbol.asyncDispose]());

  const check = async ([line, status, says]: Case): Promise<void> => {
    const ran = await shell(engine, `docker ${line.replace(/^run /, 'run --rm ')}`);
    assert.match(ran.stdout + ran.stderr, says, line);
    assert.equal(ran.status, status, `${line}: ${ran.stderr}`);
  };

  test('by run, which leaves nothing', async () => {
    const all = async (): Promise<string> =>
      (await shell(engine, 'docker ps -aq; docker volume ls -q')).stdout;
    const before = await all();
    await mapPool(creation, 4, check);
    assert.equal(await all(), before);
  });

  test('by the other commands', async () => {
    await mapPool(verbs, 4, check);
  });

  test('a first start that fails leaves a created container that says why', async () => {
    await shell(engine, 'docker run --name failed busybox nosuch');
    const { stdout } = await shell(
      engine,
      "docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.StartedAt}} {{.State.Error}}' failed",
    );
    assert.match(stdout, /^created 127 0001-01-01T00:00:00Z failed to create task/);
    assert.equal(
      (await shell(engine, "docker ps -a -f name=failed --format '{{.Status}}'")).stdout,
      'Created\n',
    );
  });
});
