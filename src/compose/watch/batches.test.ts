import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batches } from './batches.ts';

test('paths that come together are one batch, each once, in the order they came', async () => {
  const batches = new Batches({ quietFor: () => 5 });
  for (const path of ['/b', '/a', '/b']) batches.add(path);
  const seen: (readonly string[])[] = [];
  for await (const batch of batches) {
    seen.push(batch);
    if (seen.length === 2) break;
    batches.add('/c'); // while the first is at work
  }
  assert.deepEqual(seen, [['/b', '/a'], ['/c']]);
});

test('a path that costs much makes the others wait with it, and a stream of them does not wait for ever', async () => {
  const batches = new Batches({ quietFor: (path) => (path === '/slow' ? 30 : 1) });
  batches.add('/slow');
  const stream = setInterval(() => batches.add('/fast'), 3);
  try {
    for await (const batch of batches) {
      assert.deepEqual(batch, ['/slow', '/fast']);
      break;
    }
  } finally {
    clearInterval(stream);
    batches.end();
  }
});

test('an ended one has no more batches', async () => {
  const batches = new Batches({ quietFor: () => 10_000 });
  batches.add('/a');
  batches.end();
  assert.deepEqual(await Array.fromAsync(batches), []);
});
