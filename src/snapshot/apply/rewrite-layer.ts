import { createHash, type Hash } from 'node:crypto';
import { createReadStream, readSync } from 'node:fs';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { invalid, messageOf } from '../../lib/errors.ts';
import { waitForGrowth } from '../../lib/growth.ts';
import { FdSink } from '../../lib/tar/fd-sink.ts';
import { TarParser } from '../../lib/tar/parser.ts';
import { digestFromHex, type Digest } from '../../oci/digest.ts';
import { DirectoryReplaced, LayerRewriter, type Superseded } from './layer-rewriter.ts';

export interface RewriteArguments {
  /** Blocking descriptor of the archive. */
  readonly input: number;
  /** The archive is still being written (lib/growth.ts); only with `decompress: 'none'`. */
  readonly growth?: SharedArrayBuffer;
  /** The archive still is compressed (no program did it). */
  readonly decompress: 'none' | 'gzip' | 'zstd';
  /** Blocking descriptor of the extractor. */
  readonly output: number;
  readonly superseded: readonly Superseded[];
}

export type RewriteResult =
  | { readonly diffId: Digest; readonly size: number; readonly hidesAll: boolean }
  | { readonly replaced: Superseded }
  /** The extractor closed its end: it says why. */
  | { readonly brokenPipe: true };

const CHUNK = 1 << 20;

/** Job: reads a layer's archive to its end, hashes it, and writes what the extractor shall make of it. */
export async function rewriteLayer(args: RewriteArguments): Promise<RewriteResult> {
  const hash = createHash('sha256');
  try {
    const { size, hidesAll } = await pump(args, hash);
    return { diffId: digestFromHex(hash.digest('hex')), size, hidesAll };
  } catch (error) {
    if (error instanceof DirectoryReplaced) return { replaced: error.superseded };
    if (isBrokenPipe(error)) return { brokenPipe: true };
    throw error;
  }
}

async function pump(args: RewriteArguments, hash: Hash): Promise<LayerRewriter> {
  const sink = new FdSink(args.output);
  const rewriter = new LayerRewriter(sink, args.superseded);
  const parser = new TarParser(rewriter);
  const take = (chunk: Uint8Array): void => {
    hash.update(chunk);
    parser.push(chunk);
  };
  if (args.decompress === 'none') readAll(args.input, args.growth, take);
  else await inflateAll(args.input, args.decompress, take);
  parser.end();
  rewriter.finish();
  sink.flush();
  return rewriter;
}

function readAll(fd: number, growth: SharedArrayBuffer | undefined, take: (chunk: Uint8Array) => void): void {
  const buffer = Buffer.allocUnsafeSlow(CHUNK);
  for (let at = 0; ;) {
    const wanted = growth ? Math.min(CHUNK, waitForGrowth(growth, at) - at) : CHUNK;
    const count = readSync(fd, buffer, 0, wanted, null);
    if (count === 0) return;
    at += count;
    take(buffer.subarray(0, count));
  }
}

async function inflateAll(
  fd: number,
  kind: 'gzip' | 'zstd',
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  const source = createReadStream('', { fd, autoClose: false, highWaterMark: 1 << 18 });
  const inflate =
    kind === 'gzip' ? createGunzip({ chunkSize: 1 << 18 }) : createZstdDecompress({ chunkSize: 1 << 18 });
  source.on('error', (error) => inflate.destroy(error));
  try {
    for await (const chunk of source.pipe(inflate) as AsyncIterable<Buffer>) take(chunk);
  } catch (error) {
    throw isZlibError(error) ? invalid(`broken ${kind} data: ${messageOf(error)}`, error) : error;
  } finally {
    source.destroy();
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';
export const isBrokenPipe = (error: unknown): boolean => codeOf(error) === 'EPIPE';
const isZlibError = (error: unknown): boolean => /^(Z_|ZSTD_)/.test(codeOf(error));
