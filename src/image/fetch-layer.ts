import { conflict } from '../lib/errors.ts';
import type { Repository } from '../registry/client/types.ts';
import type { LayerBlob } from './blob-records.ts';
import type { ImageContext } from './context.ts';
import { pullLayers } from './pull-layers.ts';
import type { TransferOptions } from './types.ts';

/** Brings a layer that belongs to no image yet from wherever its archive is. The caller leases it. */
export async function fetchLayer(
  context: ImageContext,
  layer: LayerBlob,
  source: Pick<Repository, 'blob'>,
  { signal, onProgress }: Pick<TransferOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  if (!context.leases.has(layer.diffId)) throw conflict(`layer ${layer.diffId} is fetched without a lease`);
  using _blobs = context.content.lease();
  await pullLayers(context, source, [layer], {
    report: onProgress ?? (() => {}),
    signal: signal ?? new AbortController().signal,
  });
  context.store.blobs.add(layer);
}
