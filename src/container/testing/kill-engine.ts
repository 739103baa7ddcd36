import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { start } from '../../lib/exec.ts';

/** Runs an engine until its containers run (and `linger` milliseconds longer), and kills it. */
export async function killEngine(dir: string, script: readonly unknown[], linger = 0): Promise<void> {
  const engine = start(
    process.execPath,
    ['src/container/testing/doomed-engine.ts', dir, JSON.stringify(script)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  assert.ok(engine.stdout);
  const [line] = (await Promise.race([once(engine.stdout, 'data'), once(engine, 'exit')])) as [unknown];
  assert.equal(String(line), 'ready\n');
  await delay(linger);
  const exit = once(engine, 'exit');
  engine.kill('SIGKILL');
  await exit;
}
