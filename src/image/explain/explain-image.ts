import type { Digest } from '../../oci/digest.ts';
import type { ImageConfig } from '../../oci/image-config.ts';
import type { Platform } from '../../oci/platform.ts';
import type { ImageContext } from '../context.ts';
import { getVariant } from '../find.ts';
import { adviceFor, instructionText } from './advice.ts';
import type { ExplainedImage, ExplainedLayer } from './types.ts';

/** Looks at the files of all layers of an image. They are read the first time only. */
export async function explainImage(
  { store, snapshots, leases }: Pick<ImageContext, 'store' | 'snapshots' | 'leases'>,
  nameOrId: string,
  platform?: Platform,
): Promise<ExplainedImage> {
  const image = getVariant(store, nameOrId, platform);
  const diffIds = image.config.rootfs.diff_ids;
  using _held = leases.hold(diffIds);
  const report = await snapshots.explain(diffIds);
  const below = image.parent ? store.get(image.parent)?.config.rootfs.diff_ids : undefined;
  const instructions = instructionsOf(image.config);
  const layers = diffIds.map((diffId, at): ExplainedLayer => {
    const made = instructions[at];
    return {
      ...(report.layers[at] ?? { size: 0, added: 0, changed: 0, deleted: 0, hidden: nothing, caches: [] }),
      diffId,
      instruction: instructionText(made?.created_by ?? ''),
      ...(made?.created !== undefined && { createdAt: made.created }),
      isBase: isBelow(below, diffIds, at),
    };
  });
  const { duplicates, waste } = report;
  return { image, layers, duplicates, waste, advice: adviceFor(layers, report) };
}

const nothing = { files: 0, bytes: 0, largest: [] };

/** The history's entries that have a layer, in order. */
const instructionsOf = ({ history = [] }: ImageConfig): NonNullable<ImageConfig['history']> =>
  history.filter(({ empty_layer: isEmpty }) => !isEmpty);

const isBelow = (below: readonly Digest[] | undefined, all: readonly Digest[], at: number): boolean =>
  below !== undefined && at < below.length && below.every((diffId, index) => all[index] === diffId);
