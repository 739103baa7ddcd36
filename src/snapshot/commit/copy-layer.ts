import { createHash } from 'node:crypto';
import { chmodSync, chownSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type ByteString, textOfBytes } from '../../lib/byte-string.ts';
import { exec } from '../../lib/exec.ts';
import { FdSink } from '../../lib/tar/fd-sink.ts';
import { TarParser } from '../../lib/tar/parser.ts';
import { digestFromHex, type Digest } from '../../oci/digest.ts';
import { extractionError, startExtractor } from '../apply/extractor.ts';
import { LayerRewriter } from '../apply/layer-rewriter.ts';
import { isBrokenPipe } from '../apply/rewrite-layer.ts';
import type { LayerRecord } from '../layer-store.ts';
import type { LayerWorkers } from '../worker/pool.ts';
import { packLayer } from './pack-layer.ts';

export interface CopiedLayer {
  readonly diffId: Digest;
  readonly record: LayerRecord;
}

/**
 * Makes a layer in `scratch` of a directory in overlay form that stays where it is. What is copied is what is hashed, in one pass, so
 * that both are the same even when somebody changes the directory meanwhile.
 */
export async function copyLayer(
  workers: LayerWorkers,
  directory: string,
  scratch: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<CopiedLayer> {
  using held = new DisposableStack();
  const { output, tar } = startExtractor(scratch, held, signal);
  const packed = await workers
    .run('packInto', { directory, output: output.fd })
    .finally(() => output.close());
  const extracted = await tar;
  signal.throwIfAborted();
  if ('brokenPipe' in packed || extracted.status !== 0) throw extractionError(extracted);
  const copy = join(scratch, 'diff');
  takeOwnership(directory, copy);
  for (const name of packed.sparse) await digHoles(join(copy, name));
  const { diffId, size, hidesAll } = packed;
  return { diffId, record: { size, ...(hidesAll && { hidesAll }) } };
}

/** Gives back blocks of zeros. A name that is no text is left as it is. */
async function digHoles(path: string): Promise<void> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  await exec('fallocate', ['-d', '--', path], { okStatus: [0, 1] });
  utimesSync(path, stats.atime, stats.mtime);
}

/** The root is no member of an archive. */
function takeOwnership(from: string, to: string): void {
  const { uid, gid, mode } = statSync(from);
  chownSync(to, uid, gid);
  chmodSync(to, mode & 0o7777);
}

type Packed =
  | { diffId: Digest; size: number; hidesAll: boolean; sparse: readonly string[] }
  | { brokenPipe: true };

/** Job: hashes a directory as the layer that it is, and writes what an extractor shall make of it. */
export function packInto({ directory, output }: { directory: string; output: number }): Packed {
  const hash = createHash('sha256');
  const sink = new FdSink(output);
  const rewriter = new LayerRewriter(sink);
  const parser = new TarParser(rewriter);
  const sparse: ByteString[] = [];
  try {
    const onSparse = (name: ByteString): void => void sparse.push(name);
    const chunks = packLayer(directory, { live: true, reuseChunks: true, onSparse });
    for (const chunk of chunks) {
      hash.update(chunk);
      parser.push(chunk);
    }
    parser.end();
    rewriter.finish();
    sink.flush();
  } catch (error) {
    if (isBrokenPipe(error)) return { brokenPipe: true };
    throw error;
  }
  const { size, hidesAll } = rewriter;
  return { diffId: digestFromHex(hash.digest('hex')), size, hidesAll, sparse: sparse.map(textOfBytes) };
}
