import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { start } from '../lib/exec.ts';
import { isRoot, openWorld } from './testing/open-world.ts';

test(
  'a builder that was killed leaves nothing that the next one does not remove',
  { skip: !isRoot && 'needs root' },
  async () => {
    const dir = mkdtempSync('/tmp/lbt-');
    const child = start(process.execPath, [join(import.meta.dirname, 'testing/build-forever.ts'), dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.ok(child.stdout);
    await once(child.stdout, 'data');
    const bundle = bundleIn(dir);
    const init = Number(readFileSync(join(bundle, 'pid'), 'utf8'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.ok(existsSync(`/proc/${init}`), 'the step runs on without its builder');

    await using world = await openWorld(dir);
    assert.deepEqual(world.leftovers(), []);
    for (let tries = 0; existsSync(`/proc/${init}`) && tries < 50; tries += 1) await delay(20);
    assert.equal(existsSync(`/proc/${init}`), false);
    const { cache } = await world.build('FROM busybox\nRUN echo done > /done\nRUN true\n');
    assert.equal(cache['RUN echo done > /done'], 'hit', 'what was complete is kept');
  },
);

test('a builder that is closed ends its builds first', { skip: !isRoot && 'needs root' }, async () => {
  await using world = await openWorld();
  const { promise: started, resolve } = Promise.withResolvers<void>();
  const build = world.build('FROM busybox\nRUN echo waiting; sleep 1000\n', {}, {}, undefined, (event) => {
    if (event.type === 'step-output') resolve();
  });
  const failed = assert.rejects(build, { kind: 'cancelled', message: 'the engine stops' });
  await started;
  await world.builder.close();
  assert.deepEqual(world.leftovers(), []);
  await failed;
});

test(
  'what is known of the files of a directory is forgotten when nobody builds it',
  { skip: !isRoot && 'needs root' },
  async () => {
    const first = await openWorld();
    const contextDir = first.writeContext({ f: '1' });
    await first.build('FROM busybox\nCOPY f /f\n', {}, { contextDir });
    await first.leave();
    const directory = join(first.dir, 'build/digests');
    const memory = readdirSync(directory).toSorted();
    assert.ok(memory.length > 0);
    const old = Date.now() / 1000 - 8 * 86_400;
    const age = (): void => {
      for (const name of memory) utimesSync(join(directory, name), old, old);
    };
    age();
    const second = await openWorld(first.dir);
    assert.deepEqual(readdirSync(directory), []);
    await second.build('FROM busybox\nCOPY f /f\n', {}, { contextDir });
    age();
    await second.build('FROM busybox\nCOPY f /f\n', {}, { contextDir });
    await second.leave();
    await using _third = await openWorld(first.dir);
    assert.deepEqual(readdirSync(directory).toSorted(), memory, 'it was of use');
  },
);

function bundleIn(dir: string): string {
  const bundles = join(dir, 'run/c');
  const [name] = readdirSync(bundles);
  assert.ok(name);
  return join(bundles, name);
}
