import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { readTogether } from './read-together.ts';

const read = (stream: PassThrough): Promise<string[]> =>
  Array.fromAsync(readTogether(stream), (piece) => String(piece));

test('pieces that come at the same time are one', async () => {
  const stream = new PassThrough();
  const reading = readTogether(stream);
  const first = reading.next();
  for (const piece of ['a', 'b', 'c']) stream.write(piece);
  assert.equal(String((await first).value), 'abc');
  stream.end('d');
  assert.equal(String((await reading.next()).value), 'd');
  assert.equal((await reading.next()).done, true);
  const empty = new PassThrough();
  empty.end();
  assert.deepEqual(await read(empty), []);
});

test('a reader that is slow makes the sender wait, and gets all', async () => {
  const stream = new PassThrough();
  const piece = Buffer.alloc(64 << 10);
  let sent = 0;
  let wasHeld = false;
  void (async () => {
    for (; sent < 100; sent += 1)
      if (!stream.write(piece)) await new Promise((resolve) => stream.once('drain', resolve));
    stream.end();
  })();
  let bytes = 0;
  for await (const part of readTogether(stream)) {
    if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    if (bytes === 0) wasHeld = sent < 50;
    bytes += part.length;
  }
  assert.equal(bytes, 100 * piece.length);
  assert.ok(wasHeld);
});

test('what ends a stream early is thrown, also where it came before the reader', async () => {
  for (const [error, expected] of [
    [new Error('broken'), { message: 'broken' }],
    [undefined, { message: 'the stream was closed before its end' }],
  ] as const) {
    const stream = new PassThrough();
    stream.on('error', () => {});
    const reading = read(stream);
    stream.write('a');
    setImmediate(() => stream.destroy(error));
    await assert.rejects(reading, expected);
    await assert.rejects(read(stream), expected);
  }
});

test('who stops reading ends the stream', async () => {
  const stream = new PassThrough();
  stream.write('a');
  for await (const piece of readTogether(stream)) {
    assert.equal(String(piece), 'a');
    break;
  }
  assert.ok(stream.destroyed);
  assert.equal(stream.listenerCount('data'), 0);
});
