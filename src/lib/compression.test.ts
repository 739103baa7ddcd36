import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressionOf, decompress, findProgram } from './compression.ts';
import { start } from './exec.ts';

const text = Buffer.from('some text, many times. '.repeat(5000));

async function* feed(bytes: Uint8Array, chunk = 3): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, chunk);
  await Promise.resolve();
  yield bytes.subarray(chunk);
}

const plain = async (bytes: Uint8Array): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(decompress(feed(bytes))));

async function compressBy(program: string): Promise<Buffer> {
  const child = start(program, ['-c'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin?.end(text);
  return Buffer.concat(await Array.fromAsync(child.stdout as AsyncIterable<Buffer>));
}

test('gzip and zstd are told by their first bytes and decompressed, several members as one', async () => {
  for (const [name, compress] of [
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const) {
    const bytes = compress(text);
    assert.equal(compressionOf(bytes), name);
    assert.ok((await plain(bytes)).equals(text), name);
    assert.ok(
      (await plain(Buffer.concat([bytes, bytes]))).equals(Buffer.concat([text, text])),
      `${name} twice`,
    );
  }
});

test('xz and bzip2 are decompressed by their programs', async (t) => {
  for (const program of ['xz', 'bzip2'] as const) {
    if (!findProgram(program)) {
      t.diagnostic(`${program} is not installed`);
      continue;
    }
    const bytes = await compressBy(program);
    assert.equal(compressionOf(bytes), program);
    assert.ok((await plain(bytes)).equals(text), program);
    await assert.rejects(plain(bytes.subarray(0, bytes.length - 20)), {
      kind: 'invalid',
      message: /^broken/,
    });
  }
});

test('everything else is passed on as it is', async () => {
  for (const bytes of [text, Buffer.from('B'), Buffer.alloc(0), Buffer.from([0x1f])])
    assert.ok((await plain(bytes)).equals(bytes));
});

test('damaged or cut data is invalid', async () => {
  for (const compress of [gzipSync, zstdCompressSync]) {
    const bytes = Buffer.from(compress(text));
    await assert.rejects(plain(bytes.subarray(0, bytes.length >> 1)), { kind: 'invalid' });
    bytes.fill(0x55, 20, 40);
    await assert.rejects(plain(bytes), { kind: 'invalid', message: /^broken (gzip|zstd) data: / });
  }
});

test('an error of the source is passed on', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield gzipSync(text).subarray(0, 100);
    await Promise.resolve();
    throw new Error('connection reset');
  }
  await assert.rejects(Array.fromAsync(decompress(failing())), /connection reset/);
});

test('the source is closed when the reader stops early', async () => {
  let isClosed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      yield gzipSync(text);
      for (;;) yield gzipSync(text);
    } finally {
      isClosed = true;
    }
  }
  for await (const _ of decompress(endless())) break;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(isClosed);
});
