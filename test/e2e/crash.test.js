import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exec } from '../../src/lib/exec.js';
import { mapPool } from '../../src/lib/pool.js';
import { needs, startTestEngine } from './harness.js';
const CONTAINERS = 20;
const KILLS = 10;
const LINES = 1500;
/** Prints numbered lines for some ten seconds, on both streams, then ends with the status it was given. */
const script = `
i=0
while [ $i -lt ${LINES} ]; do
  echo "out $i"; i=$((i+1))
  echo "out $i" >&2; i=$((i+1))
  [ $((i % 10)) = 0 ] && usleep 60000
done
exit $STATUS`;
test('the engine is killed ten times: no line, no exit code is lost, nothing is left over', needs('root', 'busybox'), async () => {
    await using engine = await startTestEngine();
    await engine.load('busybox');
    const ids = await mapPool(Array.from({ length: CONTAINERS }, (_, index) => index), 4, (index) => run(engine, index));
    for (let kill = 0; kill < KILLS; kill++) {
        await sleep(300 + 100 * (kill % 4));
        await engine.stop('SIGKILL');
        await sleep(kill % 3 === 0 ? 400 : 20);
        await engine.start();
    }
    await mapPool(ids, CONTAINERS, (id) => engine.request('POST', `/containers/${id}/wait`));
    for (const [index, id] of ids.entries())
        await verify(engine, id, index);
    await mapPool(ids, 4, async (id) => assert.equal((await engine.request('DELETE', `/containers/${id}`)).status, 204));
    await assertNothingLeft(engine, ids);
});
async function run(engine, index) {
    const created = await engine.request('POST', `/containers/create?name=crash-${index}`, {
        Image: 'busybox',
        Cmd: ['sh', '-c', script],
        Env: [`STATUS=${index}`],
        HostConfig: { PortBindings: index % 4 === 0 ? { '80/tcp': [{ HostPort: '' }] } : {} },
    });
    assert.equal(created.status, 201, created.body);
    const { Id } = JSON.parse(created.body);
    assert.equal((await engine.request('POST', `/containers/${Id}/start`)).status, 204);
    return Id;
}
async function verify(engine, id, index) {
    const { body } = await engine.request('GET', `/containers/${id}/json`);
    const { State } = JSON.parse(body);
    assert.deepEqual([State.Status, State.ExitCode], ['exited', index], `container ${index}`);
    for (const [stream, first] of [
        ['stdout', 0],
        ['stderr', 1],
    ]) {
        const { body: frames } = await engine.request('GET', `/containers/${id}/logs?${stream}=1`);
        const numbers = [...frames.matchAll(/out (\d+)\n/g)].map(([, number]) => Number(number));
        const expected = Array.from({ length: LINES / 2 }, (_, line) => first + 2 * line);
        assert.deepEqual(numbers, expected, `${stream} of container ${index}`);
    }
}
async function assertNothingLeft(engine, ids) {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .filter((line) => ids.some((id) => line.includes(id) || line.includes(id.slice(0, 12))));
    assert.deepEqual(mounts, [], 'mounts');
    assert.deepEqual(readdirSync(join(engine.dataRoot, 'containers')), [], 'directories of containers');
    assert.deepEqual(readdirSync(join(engine.runRoot, 'c')), [], 'bundles');
    assert.deepEqual(readdirSync(join(engine.runRoot, 'exits')), [], 'exit files');
    assert.deepEqual(processesWith(engine.dataRoot), [], 'processes');
    assert.deepEqual(await publishedPorts(engine), [], 'rules for published ports');
    const cgroups = ['/sys/fs/cgroup', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids'].filter((root) => ids.some((id) => existsSync(join(root, 'lading', id))));
    assert.deepEqual(cgroups, [], 'cgroups');
}
/** Command lines of monitors and runtimes that work below a directory. */
function processesWith(directory) {
    return readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((pid) => {
        try {
            return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
        }
        catch {
            return []; // ended meanwhile
        }
    })
        .filter((line) => line.includes('conmon') && line.includes(directory));
}
async function publishedPorts({ name }) {
    const { stdout } = await exec('nft', ['-j', 'list', 'table', 'inet', name]);
    const { nftables } = JSON.parse(stdout);
    return nftables.flatMap(({ map }) => map?.elem ?? []);
}
