import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '../../src/lib/exec.ts';
import { findDocker, needs, startTestEngine, type TestEngine } from './harness.ts';

const LINES = 160_000;
const TIMES = 3;
/** Bytes of a line; of all, 48 MB. */
const LENGTH = 100;
const MOST_MEMORY = 50 << 20;

describe('output that comes faster than it is read', needs('root', 'docker', 'busybox'), () => {
  let engine: TestEngine;
  let lines: string;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
    lines = join(dirname(engine.dataRoot), 'lines');
    const line = (_: unknown, number: number): string => `${number} `.padEnd(LENGTH - 1, 'x');
    writeFileSync(lines, `${Array.from({ length: LINES }, line).join('\n')}\n`);
  });
  after(() => engine?.[Symbol.asyncDispose]());

  /** With pauses that are longer than the time between two looks at a log. */
  const script = `for time in $(seq ${TIMES}); do cat /lines; sleep 1; done`;
  const limits = ['--log-opt', 'max-size=4m', '--log-opt', 'max-file=3'];

  test('is rotated, and a slow follower of the log gets every line once', async () => {
    const memory = watchMemory(engine.pid);
    const { stdout } = await engine.docker('run', '-d', '-v', `${lines}:/lines:ro`, ...limits, 'busybox', 'sh', '-c', script); // prettier-ignore
    const id = stdout.trim();
    await using _removed = { [Symbol.asyncDispose]: async () => void (await engine.docker('rm', '-f', id)) };
    await readSlowly(engine, ['logs', '-f', id]);
    assert.ok(memory.growth() < MOST_MEMORY, `the engine grew by ${memory.growth()} bytes`);
    const kept = readdirSync(join(engine.dataRoot, 'containers', id)).filter((name) =>
      /\.log(\.\d+)?$/.test(name),
    );
    assert.ok(kept.length > 1 && kept.length <= 3, kept.join(' '));
    const { stdout: rest } = await engine.docker('logs', '--tail', '1000', id);
    assert.ok(rest.endsWith(readFileSync(lines, 'utf8').slice(-1000 * LENGTH)));
  });

  test('reaches a slow client that ran it whole, and costs the engine no memory', async () => {
    const memory = watchMemory(engine.pid);
    await readSlowly(engine, ['run', '--rm', '-v', `${lines}:/lines:ro`, ...limits, 'busybox', 'sh', '-c', script]); // prettier-ignore
    assert.ok(memory.growth() < MOST_MEMORY, `the engine grew by ${memory.growth()} bytes`);
    assert.deepEqual(readdirSync(join(engine.dataRoot, 'containers')), []);
  });
});

/** Runs docker and reads what it prints with pauses, which takes some seconds. Checks that each line came once, in order. */
async function readSlowly(engine: TestEngine, args: readonly string[]): Promise<void> {
  const docker = findDocker();
  assert.ok('path' in docker);
  const child = start(docker.path, args, { env: engine.env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  let [count, rest, unread] = [0, '', 0];
  assert.ok(child.stdout);
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    const parts = (rest + chunk.toString('latin1')).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      if (line.length !== LENGTH - 1 || Number.parseInt(line, 10) !== count % LINES)
        assert.fail(`line ${count} is ${line}`);
      count += 1;
    }
    unread += chunk.length;
    if (unread > 1 << 20) [unread] = [0, await sleep(30)];
  }
  assert.deepEqual([count, rest], [LINES * TIMES, '']);
  assert.deepEqual(await exit, [0, null]);
}

/** The most that a process held since the call beyond what it held then. */
function watchMemory(pid: number): { growth(): number } {
  const resident = (): number =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  const base = resident();
  let most = base;
  const timer = setInterval(() => (most = Math.max(most, resident())), 50).unref();
  return {
    growth() {
      clearInterval(timer);
      return Math.max(most, resident()) - base;
    },
  };
}
