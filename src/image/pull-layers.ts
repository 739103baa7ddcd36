import { shortId } from '../lib/id.ts';
import { mapPool } from '../lib/pool.ts';
import type { Repository } from '../registry/client/types.ts';
import type { ImageContext, Report } from './context.ts';
import { meter } from './progress.ts';
import type { LayerBlob } from './blob-records.ts';

interface Flight {
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Fetches and extracts the layers that are missing, several at once; each is extracted as soon as it is whole. */
export async function pullLayers(
  context: ImageContext,
  repository: Pick<Repository, 'blob'>,
  layers: readonly LayerBlob[],
  { report, signal }: Flight,
): Promise<void> {
  const missing = layers.filter((layer) => {
    const present = context.snapshots.layer(layer.diffId) !== undefined;
    report({ id: shortId(layer.digest), status: present ? 'Already exists' : 'Pulling fs layer' });
    return !present;
  });
  await mapPool(
    missing,
    missing.length,
    async (layer, stop) => {
      await download(context, repository, layer, { report, signal: stop });
      await extract(context, layer, { report, signal: stop });
    },
    { signal },
  );
}

/** Layers that several images share are fetched once, even by pulls that run at the same time. */
async function download(
  context: ImageContext,
  repository: Pick<Repository, 'blob'>,
  layer: LayerBlob,
  flight: Flight,
): Promise<void> {
  const { content, downloads, downloadSlots } = context;
  const id = shortId(layer.digest);
  const fetch = async (report: Report, signal: AbortSignal): Promise<void> => {
    const onBytes = meter(report, { id, status: 'Downloading', total: layer.size });
    await content.ingest(layer, (offset) => repository.blob(layer, offset, { signal }), {
      signal,
      onBytes,
      soon: true,
    });
    report({ id, status: 'Verifying Checksum' });
  };
  if (!content.stat(layer.digest)) {
    await downloads.join(
      layer.digest,
      async (report, signal) => {
        if (downloadSlots.isFull) report({ id, status: 'Waiting' });
        await downloadSlots.run(() => fetch(report, signal), { signal });
      },
      { signal: flight.signal, onProgress: flight.report },
    );
  }
  flight.report({ id, status: 'Download complete' });
}

async function extract(
  { content, snapshots }: ImageContext,
  layer: LayerBlob,
  flight: Flight,
): Promise<void> {
  const id = shortId(layer.digest);
  const { report, signal } = flight;
  const onBytes = meter(report, { id, status: 'Extracting', total: layer.size });
  const source = { path: content.pathOf(layer.digest), diffId: layer.diffId };
  await snapshots.apply(source, { signal, onBytes });
  report({ id, status: 'Pull complete' });
}
