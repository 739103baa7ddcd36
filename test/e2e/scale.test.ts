import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { mapPool } from '../../src/lib/pool.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { leftoversOf, nothing } from './leftovers.ts';

const COUNT = 60;
const AT_ONCE = 30;
/** Namespaces that an engine may hold without containers: its own, and those made ahead, which become more while it rests. */
const AHEAD = 20;
/** Of each of them: the namespace, its netlink socket, its name server's two. */
const PER_NAMESPACE = 4;
/** What an engine may hold more than before beside them: connections that linger. */
const SLACK = 20;

test(
  `${COUNT} containers run at once, ${AT_ONCE} started at a time, and leave nothing`,
  needs('root', 'docker', 'busybox'),
  async () => {
    await using engine = await startTestEngine();
    await engine.load('busybox');
    await output(engine, 'run', '--rm', 'busybox', 'true');
    const before = descriptors(engine);
    const numbers = Array.from({ length: COUNT }, (_, number) => number);
    const ids = await mapPool(numbers, AT_ONCE, (number) =>
      output(engine, 'run', '-d', ...(number % 4 === 0 ? ['-p', '80'] : []), 'busybox', 'sleep', '3600'),
    );
    assert.equal(new Set(ids).size, COUNT);
    assert.equal((await output(engine, 'ps', '-q')).split('\n').length, COUNT);
    const probed = await mapPool([...ids.slice(0, 3), ...ids.slice(-3)], 6, (id) =>
      output(engine, 'exec', id, 'cat', '/etc/hostname'),
    );
    assert.deepEqual(
      probed,
      [...ids.slice(0, 3), ...ids.slice(-3)].map((id) => id.slice(0, 12)),
    );
    const listed = (await output(engine, 'ps', '-aq')).split('\n');
    assert.deepEqual((await output(engine, 'rm', '-f', ...listed)).split('\n'), listed);
    assert.equal(await output(engine, 'ps', '-aq'), '');
    assert.deepEqual(await leftoversOf(engine, ids), nothing);
    for (let waited = 0; descriptors(engine).others > before.others + SLACK && waited < 5000; waited += 100)
      await sleep(100);
    const after = descriptors(engine);
    assert.ok(after.namespaces <= AHEAD, `${after.namespaces} namespaces`);
    assert.ok(after.others <= before.others + SLACK, `${after.others} descriptors, ${before.others} before`);
  },
);

async function output(engine: TestEngine, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await engine.docker(...args);
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

function descriptors({ pid }: TestEngine): { namespaces: number; others: number } {
  const all = readdirSync(`/proc/${pid}/fd`);
  const namespaces = all.filter((fd) => targetOf(`/proc/${pid}/fd/${fd}`).startsWith('net:')).length;
  return { namespaces, others: all.length - PER_NAMESPACE * namespaces };
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return 'closed meanwhile';
  }
}
