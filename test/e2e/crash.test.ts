import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { mapPool } from '../../src/lib/pool.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { leftoversOf, nothing } from './leftovers.ts';

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

test(
  'the engine is killed ten times: no line, no exit code is lost, nothing is left over',
  needs('root', 'busybox'),
  async () => {
    await using engine = await startTestEngine();
    await engine.load('busybox');
    const ids = await mapPool(
      Array.from({ length: CONTAINERS }, (_, index) => index),
      4,
      (index) => run(engine, index),
    );
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(300 + 100 * (kill % 4));
      await engine.stop('SIGKILL');
      await sleep(kill % 3 === 0 ? 400 : 20);
      await engine.start();
    }
    await mapPool(ids, CONTAINERS, (id) => engine.request('POST', `/containers/${id}/wait`));
    for (const [index, id] of ids.entries()) await verify(engine, id, index);
    await mapPool(ids, 4, async (id) =>
      assert.equal((await engine.request('DELETE', `/containers/${id}`)).status, 204),
    );
    assert.deepEqual(await leftoversOf(engine, ids), nothing);
  },
);

async function run(engine: TestEngine, index: number): Promise<string> {
  const created = await engine.request('POST', `/containers/create?name=crash-${index}`, {
    Image: 'busybox',
    Cmd: ['sh', '-c', script],
    Env: [`STATUS=${index}`],
    HostConfig: { PortBindings: index % 4 === 0 ? { '80/tcp': [{ HostPort: '' }] } : {} },
  });
  assert.equal(created.status, 201, created.body);
  const { Id } = JSON.parse(created.body) as { Id: string };
  assert.equal((await engine.request('POST', `/containers/${Id}/start`)).status, 204);
  return Id;
}

async function verify(engine: TestEngine, id: string, index: number): Promise<void> {
  const { body } = await engine.request('GET', `/containers/${id}/json`);
  const { State } = JSON.parse(body) as { State: { Status: string; ExitCode: number } };
  assert.deepEqual([State.Status, State.ExitCode], ['exited', index], `container ${index}`);
  for (const [stream, first] of [
    ['stdout', 0],
    ['stderr', 1],
  ] as const) {
    const { body: frames } = await engine.request('GET', `/containers/${id}/logs?${stream}=1`);
    const numbers = [...frames.matchAll(/out (\d+)\n/g)].map(([, number]) => Number(number));
    const expected = Array.from({ length: LINES / 2 }, (_, line) => first + 2 * line);
    assert.deepEqual(numbers, expected, `${stream} of container ${index}`);
  }
}
