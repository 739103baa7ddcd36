import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { closePipe, openPipe } from '../../kernel/pipe.ts';
import { compressionOf, findProgram, type Compression } from '../../lib/compression.ts';
import { EngineError, invalid } from '../../lib/errors.ts';
import { start } from '../../lib/exec.ts';
import type { Digest } from '../../oci/digest.ts';
import type { LayerRecord, LayerStore } from '../layer-store.ts';
import { removeTree } from '../remove-tree.ts';
import type { Layer } from '../types.ts';
import type { LayerWorkers } from '../worker/pool.ts';
import { outcomeOf } from './confined-tar.ts';
import { extractionError, killOnAbort, type Outcome, OwnedFd, startExtractor } from './extractor.ts';
import type { Superseded } from './layer-rewriter.ts';
import type { RewriteResult } from './rewrite-layer.ts';

export interface ApplyContext {
  readonly store: Pick<LayerStore, 'makeScratch'>;
  readonly workers: LayerWorkers;
  /** Makes what was extracted into a scratch directory the layer. */
  keep(scratch: string, diffId: Digest, record: LayerRecord): Promise<Layer>;
}

export interface ApplySource {
  readonly path: string;
  readonly diffId?: Digest;
  readonly growth?: SharedArrayBuffer;
}

export interface ApplyOptions {
  readonly signal: AbortSignal;
  readonly onBytes: (read: number) => void;
  /** Told just before the layer appears. */
  readonly onDigest?: ((diffId: Digest) => void) | undefined;
}

type Whole = Extract<RewriteResult, { diffId: Digest }>;

const MAX_REPLACED = 64;
const PROGRESS_MS = 100;

/**
 * Blob → decompressor → pipe → worker (hash, rewrite) → pipe → confined GNU tar → compare the diffId → rename.
 * The archive is read again when it puts something else in a directory's place.
 */
export async function applyLayer(
  context: ApplyContext,
  source: ApplySource,
  options: ApplyOptions,
): Promise<Layer> {
  const superseded: Superseded[] = [];
  for (;;) {
    options.signal.throwIfAborted();
    const scratch = context.store.makeScratch();
    try {
      const result = await extract(context, source, { ...options, scratch, superseded });
      if ('diffId' in result) {
        const { diffId, size, hidesAll } = result;
        options.onDigest?.(diffId);
        return await context.keep(scratch, diffId, { size, ...(hidesAll && { hidesAll }) });
      }
      superseded.push(result.replaced);
      if (superseded.length > MAX_REPLACED)
        throw invalid('invalid layer: replaces too many of its own directories');
    } catch (error) {
      await removeTree(scratch);
      throw error;
    }
    await removeTree(scratch);
  }
}

interface Attempt extends ApplyOptions {
  readonly scratch: string;
  readonly superseded: readonly Superseded[];
}

async function extract(
  { workers }: ApplyContext,
  source: ApplySource,
  { scratch, superseded, signal, onBytes }: Attempt,
): Promise<Whole | { replaced: Superseded }> {
  using held = new DisposableStack();
  const file = openSync(source.path, 'r');
  held.defer(() => closeSync(file));
  const { input, decompress, ended } = source.growth
    ? undecompressed(file, 'none')
    : startDecompressor(file, held, signal);
  const { output, tar } = startExtractor(scratch, held, signal);
  const timer = setInterval(() => onBytes(positionOf(file)), PROGRESS_MS);
  held.defer(() => clearInterval(timer));
  let result: RewriteResult | undefined;
  let failure: unknown;
  try {
    result = await workers.run('rewriteLayer', {
      input: input.fd,
      decompress,
      output: output.fd,
      superseded,
      ...(source.growth && { growth: source.growth }),
    });
  } catch (error) {
    failure = error;
  }
  input.close();
  output.close();
  const [decompressed, extracted] = await Promise.all([ended, tar]);
  signal.throwIfAborted();
  onBytes(positionOf(file));
  return judge(source, { result, failure, decompressed, extracted });
}

interface Ends {
  readonly result: RewriteResult | undefined;
  readonly failure: unknown;
  readonly decompressed: Outcome;
  readonly extracted: Outcome;
}

/** Which of the three that work on a layer says best why it failed. */
function judge(source: ApplySource, ends: Ends): Whole | { replaced: Superseded } {
  const { result, failure, decompressed, extracted } = ends;
  const complaint = decompressed.status === 0 ? '' : decompressed.stderr || 'unexpected end';
  if (!result) {
    if (complaint && failure instanceof EngineError)
      throw invalid(`${failure.message}; broken compression: ${complaint}`);
    throw failure;
  }
  if ('replaced' in result) return result;
  if ('brokenPipe' in result || extracted.status !== 0) throw extractionError(extracted);
  if (source.diffId && result.diffId !== source.diffId)
    throw invalid(
      `wrong layer content: want diffId ${source.diffId}, got ${result.diffId}${complaint && ` (${complaint})`}`,
    );
  if (!source.diffId && complaint) throw invalid(`invalid layer: broken compression: ${complaint}`);
  return result;
}

interface Decompressor {
  readonly input: { readonly fd: number; close(): void };
  readonly decompress: 'none' | 'gzip' | 'zstd';
  readonly ended: Promise<Outcome>;
}

/** A program where there is one (three times as fast as zlib, and on another core), else the worker itself. */
function startDecompressor(file: number, held: DisposableStack, signal: AbortSignal): Decompressor {
  const compression = compressionAt(file);
  const program = programFor(compression);
  if (!program) {
    if (compression === 'xz' || compression === 'bzip2')
      throw new EngineError('not-implemented', `${compression} is not installed`);
    return undecompressed(file, compression);
  }
  const pipe = openPipe();
  try {
    const child = start(program, ['-dc'], { stdio: [file, pipe.write, 'pipe'] });
    killOnAbort(child, signal, held);
    closeSync(pipe.write);
    const input = new OwnedFd(pipe.read);
    held.defer(() => input.close());
    return { input, decompress: 'none', ended: outcomeOf(child) };
  } catch (error) {
    closePipe(pipe);
    throw error;
  }
}

const undecompressed = (file: number, decompress: Decompressor['decompress']): Decompressor => ({
  input: { fd: file, close() {} },
  decompress,
  ended: Promise.resolve({ status: 0, stderr: '' }),
});

function programFor(compression: Compression): string | undefined {
  const names = { none: undefined, gzip: 'igzip', zstd: 'zstd', xz: 'xz', bzip2: 'bzip2' } as const;
  const name = names[compression];
  return name && findProgram(name);
}

function compressionAt(file: number): Compression {
  const head = Buffer.alloc(6);
  const count = readSync(file, head, 0, head.length, 0);
  return compressionOf(head.subarray(0, count));
}

/** How far a descriptor has been read, whoever shares it. */
function positionOf(file: number): number {
  const match = /^pos:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${file}`, 'latin1'));
  return Number(match?.[1] ?? 0);
}
