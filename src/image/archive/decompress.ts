import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { EngineError, invalid } from '../../lib/errors.ts';
import { start } from '../../lib/exec.ts';

type Codec = 'gzip' | 'zstd' | 'bzip2' | 'xz';
const magics: readonly [Codec, number[]][] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];
const LONGEST_MAGIC = 6;

/** How data is compressed, told by its first bytes; undefined for none of those that Docker knows. */
export function codecOf(head: Uint8Array): Codec | undefined {
  return magics.find(([, magic]) => magic.every((byte, index) => head[index] === byte))?.[0];
}

/** The plain bytes of an archive, however it is compressed. */
export async function* decompressed(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { head, rest } = await peek(archive, LONGEST_MAGIC);
  const codec = codecOf(head);
  if (codec === undefined) return yield* rest;
  try {
    yield* inflate(codec, rest);
  } catch (error) {
    if (error instanceof EngineError || !(error instanceof Error && isDataError(error))) throw error;
    throw invalid(`invalid ${codec} data: ${error.message}`, error);
  }
}

const isDataError = (error: Error): boolean =>
  'code' in error && /^(Z_|ZSTD_|ERR_ZSTD|ERR_ZLIB)/.test(String(error.code));

/** The first bytes of a stream, and the whole of it. */
export async function peek(
  stream: AsyncIterable<Uint8Array>,
  count: number,
): Promise<{ head: Buffer; rest: AsyncGenerator<Uint8Array> }> {
  const source = stream[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  for (let size = 0; size < count;) {
    const { done, value } = await source.next();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  return { head: Buffer.concat(chunks).subarray(0, count), rest: continued(chunks, source) };
}

async function* continued(
  chunks: readonly Uint8Array[],
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
    for (;;) {
      const { done, value } = await source.next();
      if (done) return;
      yield value;
    }
  } finally {
    await source.return?.();
  }
}

async function* inflate(codec: Codec, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (codec === 'bzip2' || codec === 'xz') return yield* byProgram(codec, source);
  const transform =
    codec === 'gzip' ? createGunzip({ chunkSize: 1 << 18 }) : createZstdDecompress({ chunkSize: 1 << 18 });
  const fed = pipeline(Readable.from(source, { objectMode: false }), transform);
  fed.catch((error: Error) => transform.destroy(error));
  yield* transform as AsyncIterable<Buffer>;
  await fed;
}

async function* byProgram(program: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const child = start(program, ['-dc'], { stdio: ['pipe', 'pipe', 'ignore'] });
  if (!child.stdin || !child.stdout) throw invalid(`${program} was started without pipes`);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const fed = pipeline(Readable.from(source, { objectMode: false }), child.stdin);
  closed.catch(() => {});
  fed.catch(() => child.kill('SIGKILL'));
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const [status] = await closed;
    if (status !== 0) throw invalid(`invalid ${program} data`);
    await fed;
  } finally {
    child.kill('SIGKILL');
  }
}
