import { closeSync, openSync, readSync } from 'node:fs';
import type { BlobInfo } from '../content/types.ts';
import { shortId } from '../lib/id.ts';
import type { Digest } from '../oci/digest.ts';
import type { LayerBlob } from './blob-records.ts';
import { discardLayers } from './collect.ts';
import type { ImageContext, Report } from './context.ts';
import { meter } from './progress.ts';

/** Smaller layers are not worth a start before it is known that they are wanted. */
const WORTH = 1 << 20;

/**
 * Extracts the layers of an archive that is being loaded. A plain tar file is its own diffId, so what looks like one is begun
 * while the rest still comes in. Disposing removes what no image has taken.
 */
export class LayerExtraction implements AsyncDisposable {
  private readonly context: ImageContext;
  private readonly report: Report | undefined;
  private readonly stop = new AbortController();
  private readonly running = new Map<Digest, Promise<void>>();
  private readonly leases = new DisposableStack();
  private readonly made: Digest[] = [];

  constructor(context: ImageContext, report: Report | undefined) {
    this.context = context;
    this.report = report;
  }

  /** Begins with a file that may be a layer. If it proves to be none nobody will ask for it. */
  guess(blob: BlobInfo): void {
    if (blob.size < WORTH || !isTar(this.context.content.pathOf(blob.digest))) return;
    this.begin({ ...blob, diffId: blob.digest }).catch(() => {});
  }

  /** Resolves when all these layers are there. */
  async finish(layers: readonly LayerBlob[], signal: AbortSignal | undefined): Promise<void> {
    const abort = (): void => this.stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await Promise.all(layers.map((layer) => this.begin(layer)));
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await Promise.allSettled(this.running.values());
    this.leases.dispose();
    await discardLayers(this.context, this.made);
  }

  private begin(layer: Omit<LayerBlob, 'mediaType'>): Promise<void> {
    const running = this.running.get(layer.diffId) ?? this.extract(layer);
    this.running.set(layer.diffId, running);
    return running;
  }

  private async extract({ diffId, digest, size }: Omit<LayerBlob, 'mediaType'>): Promise<void> {
    const { content, snapshots, leases } = this.context;
    this.leases.use(leases.hold([diffId]));
    if (snapshots.layer(diffId)) return;
    const onBytes = meter(this.report, { id: diffId, status: 'Loading layer', total: size });
    await snapshots.apply({ path: content.pathOf(digest), diffId }, { signal: this.stop.signal, onBytes });
    this.made.push(diffId);
    this.report?.({ id: shortId(diffId), status: 'Loading layer', current: size, total: size });
  }
}

/** Whether a file begins as tar archives of POSIX or GNU do. */
function isTar(path: string): boolean {
  const magic = Buffer.alloc(5);
  const file = openSync(path, 'r');
  try {
    readSync(file, magic, 0, 5, 257);
  } finally {
    closeSync(file);
  }
  return magic.toString('latin1') === 'ustar';
}
