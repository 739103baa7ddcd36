import { closeSync, openSync, readSync } from 'node:fs';
import type { BlobInfo, GrowingPart } from '../content/types.ts';
import { shortId } from '../lib/id.ts';
import { BLOCK } from '../lib/tar/entry.ts';
import type { Digest } from '../oci/digest.ts';
import type { LayerBlob } from './blob-records.ts';
import { discardLayers } from './collect.ts';
import type { ImageContext, Report } from './context.ts';
import { meter } from './progress.ts';

/** Smaller layers are not worth a start before it is known that they are wanted. */
const WORTH = 1 << 20;
/** Files that are extracted while they come, or just after; those that come meanwhile wait for their turn among all extractions. */
const MOST_FOLLOWED = 2;

/**
 * Extracts the layers of an archive that is being loaded. A plain tar file is its own diffId, so what looks like one is begun
 * while it comes in, and hashed on the way. Disposing removes what no image has taken.
 */
export class LayerExtraction implements AsyncDisposable {
  private readonly context: ImageContext;
  private readonly report: Report | undefined;
  private readonly stop = new AbortController();
  private readonly running = new Map<Digest, Promise<void>>();
  private readonly leases = new DisposableStack();
  private readonly made: Digest[] = [];
  private followed = 0;

  constructor(context: ImageContext, report: Report | undefined) {
    this.context = context;
    this.report = report;
  }

  /** What reads a file that comes in, if it may be a layer: it is extracted, and what it was is its digest. */
  follow(file: {
    head: Buffer;
    size: number;
    digest: Digest | undefined;
  }): ((part: GrowingPart) => Promise<Digest>) | undefined {
    const isHere = file.digest && this.context.snapshots.layer(file.digest);
    if (file.size < WORTH || !hasTarMagic(file.head) || isHere || this.followed >= MOST_FOLLOWED)
      return undefined;
    return (part) => this.extractGrowing(part, file.size);
  }

  private async extractGrowing(part: GrowingPart, size: number): Promise<Digest> {
    const { snapshots, leases } = this.context;
    const onDigest = (diffId: Digest): void => {
      this.leases.use(leases.hold([diffId]));
      if (!snapshots.layer(diffId)) this.made.push(diffId);
    };
    this.followed += 1;
    try {
      const { diffId } = await snapshots.apply(part, { signal: this.stop.signal, onDigest });
      this.running.set(diffId, Promise.resolve());
      this.report?.({ id: shortId(diffId), status: 'Loading layer', current: size, total: size });
      return diffId;
    } finally {
      this.followed -= 1;
    }
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
  const head = Buffer.alloc(BLOCK);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, BLOCK, 0);
  } finally {
    closeSync(file);
  }
  return hasTarMagic(head);
}

const hasTarMagic = (head: Buffer): boolean => head.toString('latin1', 257, 262) === 'ustar';
