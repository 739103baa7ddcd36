import { closeSync, createReadStream } from 'node:fs';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { openPipe } from '../../kernel/pipe.ts';
import { findProgram } from '../../lib/compression.ts';
import { internal } from '../../lib/errors.ts';
import { start } from '../../lib/exec.ts';
import type { LayerWorkers } from '../worker/pool.ts';
import type { WriteArguments } from './pack-layer.ts';

export interface Codec {
  /** Default: gzip. */
  readonly kind?: 'gzip' | 'zstd';
  /** Default: a fast one. */
  readonly level?: number;
}

/** Programs for a codec, the best one first. igzip's level 2 is as fast as 1 and twice as fast as 3, and within 2 % of its size. */
function programsFor({ kind = 'gzip', level }: Codec): readonly (readonly [string, readonly string[]])[] {
  if (kind === 'zstd')
    return [['zstd', [`-${level ?? 3}`, '-T0', '-q', '-c', ...((level ?? 3) > 19 ? ['--ultra'] : [])]]];
  const graded = ['pigz', [`-${level ?? 6}`, '-n', '-c']] as const;
  return level === undefined ? [['igzip', ['-2', '-n', '-c']], graded] : [graded];
}

interface Compressor {
  readonly output: Readable;
  /** Throws when it failed. */
  end(): Promise<void>;
  kill(): void;
}

/**
 * A layer's archive as gzip or zstd, by the fastest program that is there: a worker writes and verifies, the program compresses, and the engine's
 * own thread sees only the result. The output depends on nothing but the layer and the program.
 */
export async function* compressLayer(
  workers: LayerWorkers,
  layer: Omit<WriteArguments, 'output'>,
  codec: Codec,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const pipe = openPipe();
  const compressor = startCompressor(pipe.read, codec, signal);
  const written = workers
    .run('writeLayer', { ...layer, output: pipe.write })
    .finally(() => closeSync(pipe.write));
  written.catch(() => {}); // told below
  try {
    yield* compressor.output as AsyncIterable<Buffer>;
    signal?.throwIfAborted();
    await written;
    await compressor.end();
  } finally {
    compressor.kill();
    await written.catch(() => {});
  }
}

/** Takes the descriptor over. */
function startCompressor(input: number, codec: Codec, signal: AbortSignal | undefined): Compressor {
  const [program, args = []] = programsFor(codec).find(([name]) => findProgram(name)) ?? [];
  if (program === undefined) return withinNode(input, codec);
  const child = start(program, args, { stdio: [input, 'pipe', 'ignore'], ...(signal && { signal }) });
  closeSync(input);
  const { stdout } = child;
  if (!stdout) throw internal(`${program} was started without pipes`);
  const closed = once(child, 'close');
  closed.catch(() => {});
  const end = async (): Promise<void> => {
    const [status] = (await closed) as [number | null];
    if (status !== 0) throw internal(`${program} exited with status ${status}`);
  };
  return { output: stdout, end, kill: () => void child.kill('SIGKILL') };
}

function withinNode(input: number, { kind = 'gzip', level }: Codec): Compressor {
  const source = createReadStream('', { fd: input, highWaterMark: 1 << 18 });
  const output =
    kind === 'gzip'
      ? createGzip({ chunkSize: 1 << 18, ...(level !== undefined && { level }) })
      : createZstdCompress({
          chunkSize: 1 << 18,
          params: { [constants.ZSTD_c_compressionLevel]: level ?? 3 },
        });
  source.once('error', (error) => output.destroy(error));
  return { output: source.pipe(output), end: async () => {}, kill: () => void source.destroy() };
}
