import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogBatch } from '../container/types.ts';
import { encodeEntries } from './container-logs.ts';
import { frameRuns, frames, outputType } from './frame.ts';
import { errorLine, progressBar, progressStream, transferLine } from './progress.ts';

test('a frame has the stream, the length and the payload', () => {
  const [out, err] = [Buffer.alloc(0), Buffer.from('ab')];
  assert.deepEqual([...frames([{ stream: 'stderr', data: err }])], [2, 0, 0, 0, 0, 0, 0, 2, 97, 98]);
  assert.deepEqual([...frames([{ stream: 'stdout', data: out }])], [1, 0, 0, 0, 0, 0, 0, 0]);
});

test('outputs are framed one by one, or a frame for each run of a stream', () => {
  const out = { stream: 'stdout', data: Buffer.from('ab') } as const;
  const err = { stream: 'stderr', data: Buffer.from('c') } as const;
  const one = (stream: 'stdout' | 'stderr', text: string) => frames([{ stream, data: Buffer.from(text) }]);
  assert.deepEqual(
    frames([out, out, err]),
    Buffer.concat([one('stdout', 'ab'), one('stdout', 'ab'), one('stderr', 'c')]),
  );
  assert.deepEqual(
    frameRuns([out, out, err, out]),
    Buffer.concat([one('stdout', 'abab'), one('stderr', 'c'), one('stdout', 'ab')]),
  );
  assert.equal(frameRuns([]).length, 0);
});

test('output of a terminal is raw, of others framed', async () => {
  async function* entries(): AsyncIterable<LogBatch> {
    yield [{ stream: 'stdout', time: '', data: Buffer.from('x') }];
  }
  assert.equal((await Array.fromAsync(encodeEntries(entries(), true))).join(''), 'x');
  assert.equal((await Array.fromAsync(encodeEntries(entries(), false)))[0]?.length, 9);
  assert.equal(outputType(false, 51), 'application/vnd.docker.multiplexed-stream');
  assert.equal(outputType(false, 41), 'application/vnd.docker.raw-stream');
  assert.equal(outputType(true, 51), 'application/vnd.docker.raw-stream');
});

test('a transfer is told with counts and a bar', () => {
  assert.deepEqual(transferLine({ status: 'Pull complete', id: 'abc' }), {
    status: 'Pull complete',
    progressDetail: {},
    id: 'abc',
  });
  const line = transferLine({ status: 'Downloading', id: 'abc', current: 500, total: 1000 });
  assert.deepEqual(line.progressDetail, { current: 500, total: 1000 });
  assert.equal(progressBar(500, 1000), `[${'='.repeat(25)}>${' '.repeat(25)}]     500B/1kB`);
  assert.equal(progressBar(1000, 1000), `[${'='.repeat(50)}>]      1kB/1kB`);
  assert.equal(progressBar(12_340_000, undefined), ' 12.34MB');
});

test('a failure before the first line is thrown, a later one is the last line', async () => {
  const failure = new Error('no route');
  await assert.rejects(
    progressStream({}, async () => {
      throw failure;
    }),
    failure,
  );
  const answer = await progressStream({}, async (tell) => {
    tell({ status: 'a' });
    throw failure;
  });
  assert.equal(answer.type, 'stream');
  if (answer.type !== 'stream') return;
  assert.deepEqual(await Array.fromAsync(answer.chunks), [
    '{"status":"a"}\r\n',
    '{"errorDetail":{"message":"no route"},"error":"no route"}\r\n',
  ]);
});

test("a program's exit status is told as the code", () => {
  assert.deepEqual(errorLine(Object.assign(new Error('failed'), { exitCode: 3 })).errorDetail, {
    code: 3,
    message: 'failed',
  });
});
