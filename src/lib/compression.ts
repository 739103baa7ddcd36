import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { EngineError, invalid, messageOf } from './errors.ts';
import { start } from './exec.ts';

export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2';

const magic: readonly [Compression, readonly number[]][] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['bzip2', [0x42, 0x5a, 0x68]],
];

/** Tells by its first bytes (six are enough) how something is compressed. */
export function compressionOf(head: Uint8Array): Compression {
  const isSkippableFrame = head.length >= 4 && ((head[0] as number) & 0xf0) === 0x50 && head[1] === 0x2a;
  if (isSkippableFrame && head[2] === 0x4d && head[3] === 0x18) return 'zstd';
  return magic.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte))?.[0] ?? 'none';
}

/**
 * Decompresses what is gzip, zstd, xz or bzip2 and passes on everything else as it is. Several members one after the other are
 * read as one. Throws `invalid` for what is broken.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let size = 0;
  for (let next; size < 6 && !(next = await iterator.next()).done; size += next.value.length)
    head.push(next.value);
  const compression = compressionOf(Buffer.concat(head));
  const whole = rejoin(head, iterator);
  if (compression === 'none') yield* whole;
  else yield* decompressAs(compression, whole, options.signal);
}

/** The program's path when it is installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function* rejoin(
  head: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* head;
    for (let next; !(next = await rest.next()).done;) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* decompressAs(
  compression: Exclude<Compression, 'none'>,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const broken = (error: unknown): EngineError =>
    invalid(`broken ${compression} data: ${messageOf(error)}`, error);
  try {
    if (compression === 'gzip' || compression === 'zstd') {
      const transform = compression === 'gzip' ? createGunzip() : createZstdDecompress();
      const fed = pipeline(Readable.from(source, { objectMode: false }), transform, {
        ...(signal && { signal }),
      });
      fed.catch(() => {}); // told by the transform as well
      yield* transform;
      await fed;
    } else {
      yield* byProgram(compression, source, signal);
    }
  } catch (error) {
    throw isZlibError(error) ? broken(error) : error;
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_)/.test(String(error.code));
}

async function* byProgram(
  program: 'xz' | 'bzip2',
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (!findProgram(program))
    throw new EngineError('not-implemented', `${program} is not installed: can't decompress`);
  const limit = program === 'xz' ? ['--memlimit-decompress=512MiB'] : [];
  const child = start(program, [...limit, '-dc'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('no pipes');
  let complaint = '';
  stderr.on('data', (text: Buffer) => (complaint = `${complaint}${text.toString()}`.slice(0, 1000)));
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', (code) => resolve(code));
  });
  const fed = pipeline(Readable.from(source, { objectMode: false }), stdin).then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    yield* stdout as AsyncIterable<Buffer>;
    const [code, feedError] = [await ended, await fed];
    signal?.throwIfAborted();
    if (code !== 0) throw invalid(`broken ${program} data: ${complaint.trim()}`);
    if (feedError) throw feedError;
  } finally {
    child.kill('SIGKILL');
  }
}
