import type { Images, LayerBlob } from '../../image/types.ts';
import { EngineError, isAbort, messageOf } from '../../lib/errors.ts';
import type { Digest } from '../../oci/digest.ts';
import type { CacheDocument, CacheReader, RemoteRecord } from './types.ts';

/** A cache that was read; its layers are fetched when a build needs them. */
export interface ImportedCache {
  readonly document: CacheDocument;
  /** Absent of an image that is here: so are its layers. */
  readonly reader?: CacheReader;
}

/** A layer that is known and can't be had. */
export class LayerUnavailable extends EngineError {
  readonly layer: Digest;

  constructor(layer: Digest, cause?: unknown) {
    const why = cause === undefined ? 'no cache has its archive' : messageOf(cause);
    super('unavailable', `layer ${layer} of an imported cache can not be fetched: ${why}`, { cause });
    this.layer = layer;
  }
}

type Source = { readonly blob: LayerBlob; readonly reader: CacheReader };

/** All caches that a build was given, those named first before the others. */
export class ImportedCaches implements Disposable {
  private readonly images: Images;
  private readonly records = new Map<string, RemoteRecord>();
  private readonly sources = new Map<Digest, Source>();
  private readonly metadata = new Set<string>();
  private readonly digests = new Map<string, string>();
  /** What was fetched is kept for as long as the build. */
  private readonly leases = new DisposableStack();
  private readonly hasLayer: (layer: Digest) => boolean;

  constructor(images: Images, hasLayer: (layer: Digest) => boolean, caches: readonly ImportedCache[]) {
    this.images = images;
    this.hasLayer = hasLayer;
    for (const { document, reader } of caches) {
      for (const record of document.records)
        if (!this.records.has(record.key)) this.records.set(record.key, record);
      if (reader)
        for (const blob of document.layers)
          if (!this.sources.has(blob.diffId)) this.sources.set(blob.diffId, { blob, reader });
      for (const key of document.metadata) this.metadata.add(key);
      for (const [key, digest] of Object.entries(document.digests)) this.digests.set(key, digest);
    }
  }

  get isEmpty(): boolean {
    return this.records.size === 0;
  }

  find(key: string): RemoteRecord | undefined {
    return this.records.get(key);
  }

  hasMetadata(key: string): boolean {
    return this.metadata.has(key);
  }

  digest(key: string): string | undefined {
    return this.digests.get(key);
  }

  /** Whether a layer is here or can be fetched. */
  canHave(layer: Digest): boolean {
    return this.hasLayer(layer) || this.sources.has(layer);
  }

  /** Whether there are records whose layers can not be had. */
  get hasGaps(): boolean {
    return this.records.values().some(({ layer }) => !this.canHave(layer));
  }

  /** Forgets the records of a layer. */
  drop(layer: Digest): void {
    for (const record of this.records.values()) if (record.layer === layer) this.records.delete(record.key);
    this.sources.delete(layer);
  }

  /** Fetches those layers that are not here. Throws `LayerUnavailable`. */
  async ensure(layers: readonly Digest[], signal: AbortSignal): Promise<void> {
    await Promise.all(
      layers.filter((layer) => !this.hasLayer(layer)).map((layer) => this.fetch(layer, signal)),
    );
  }

  [Symbol.dispose](): void {
    this.leases.dispose();
  }

  private async fetch(layer: Digest, signal: AbortSignal): Promise<void> {
    const source = this.sources.get(layer);
    if (!source) throw new LayerUnavailable(layer);
    this.leases.use(this.images.leaseLayers([layer]));
    try {
      await this.images.fetchLayer(source.blob, source.reader, { signal });
    } catch (error) {
      if (isAbort(error) || signal.aborted) throw error;
      throw new LayerUnavailable(layer, error);
    }
  }
}
