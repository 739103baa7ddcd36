import type { Digest } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';
import type { Image, ImagesUsage } from './types.ts';

type Context = Pick<ImageContext, 'store' | 'content' | 'snapshots'>;

/** What all images need on disk: extracted layers, each counted once, and blobs (archives of layers, documents). */
export async function imagesUsage({ store, content, snapshots }: Context): Promise<ImagesUsage> {
  const users = usersOfLayers(store);
  const layers = new Map<Digest, number>();
  const sizes = await snapshots.diskUsage({ layers: [...users.keys()] });
  const onDisk = (digests: Iterable<Digest>): number =>
    new Set(digests).values().reduce((sum, digest) => sum + content.diskUsage(digest), 0);
  for (const [index, diffId] of [...users.keys()].entries())
    layers.set(diffId, (sizes[index] ?? 0) + onDisk(store.blobs.of(diffId).map(({ digest }) => digest)));
  const sumOf = (diffIds: Iterable<Digest>): number =>
    new Set(diffIds).values().reduce((sum, diffId) => sum + (layers.get(diffId) ?? 0), 0);
  const ofOthers = new Set(
    store.blobs.all().flatMap(({ diffId, digest }) => (users.has(diffId) ? [] : [digest])),
  );
  const blobs = [...content.list()].flatMap(({ digest }) => (ofOthers.has(digest) ? [] : [digest]));
  const platforms = (image: Image): Image[] => [image, ...store.variantsOf(image)];
  const layersOf = (image: Image): Digest[] =>
    platforms(image).flatMap(({ config }) => config.rootfs.diff_ids);
  return {
    total: sizes.reduce((sum, size) => sum + size, 0) + onDisk(blobs),
    sizeOf: (image) =>
      sumOf(layersOf(image)) +
      onDisk(platforms(image).flatMap(({ id, manifest }) => (manifest ? [id, manifest.digest] : [id]))),
    sharedSizeOf: (image) => {
      const own = new Set<Digest>(platforms(image).map(({ id }) => id));
      return sumOf(layersOf(image).filter((diffId) => !(users.get(diffId) ?? own).isSubsetOf(own)));
    },
  };
}

/** Bytes of the archives of a layer. */
export function archivesSize({ store, content }: Pick<Context, 'store' | 'content'>, diffId: Digest): number {
  return store.blobs.of(diffId).reduce((sum, { digest }) => sum + content.diskUsage(digest), 0);
}

/** Also those that are kept for containers of deleted images. */
function usersOfLayers(store: Context['store']): Map<Digest, Set<Digest>> {
  const users = new Map<Digest, Set<Digest>>();
  const add = (diffIds: readonly Digest[], id: Digest): void => {
    for (const diffId of diffIds) users.set(diffId, (users.get(diffId) ?? new Set()).add(id));
  };
  for (const { id, config } of store.all()) add(config.rootfs.diff_ids, id);
  for (const { id, diffIds } of store.retained()) add(diffIds, id);
  return users;
}
