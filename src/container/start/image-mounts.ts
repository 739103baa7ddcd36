import { dirname, join } from 'node:path';
import type { Image } from '../../image/types.ts';
import { digestOf } from '../../oci/digest.ts';
import type { ContainerMount, ContainerRecord } from '../container-record.ts';
import type { Context } from '../context.ts';

/*
 * A mount of an image is a snapshot of its own on the image's layers, which nobody writes to. It is made with the container and holds
 * the layers for as long as there is the container, whatever becomes of the image.
 */
const MARK = '.image-';

/** The snapshot behind one of a container's mounts. */
const keyOf = (containerId: string, destination: string): string =>
  `${containerId}${MARK}${digestOf(destination).slice(-16)}`;

/** The container that a snapshot was made for: its root file system or a mount of an image. */
export const containerOfSnapshot = (key: string): string => key.split(MARK, 1)[0] ?? key;

/** Makes the snapshot; returns where its tree is mounted when it is. */
export function createImageSnapshot(
  { snapshots }: Context,
  mount: { containerId: string; destination: string; image: Image },
  undo: AsyncDisposableStack,
): string {
  const key = keyOf(mount.containerId, mount.destination);
  snapshots.create(key, mount.image.config.rootfs.diff_ids);
  undo.defer(() => snapshots.remove(key));
  return join(dirname(snapshots.upperPath(key)), 'merged');
}

/** Mounts the tree until this is disposed of; what a container has of it in its own namespace stays. */
export function mountImage(
  { snapshots, views }: Context,
  { id }: Pick<ContainerRecord, 'id'>,
  { point }: Pick<ContainerMount, 'point'>,
): Disposable & { readonly path: string } {
  const key = keyOf(id, point.destination);
  const path = snapshots.mount(key);
  views.set(key, (views.get(key) ?? 0) + 1);
  return {
    path,
    [Symbol.dispose]: () => {
      const left = (views.get(key) ?? 1) - 1;
      if (left > 0) return void views.set(key, left);
      views.delete(key);
      snapshots.unmount(key);
    },
  };
}

/** Takes away what an engine left mounted that was killed in the middle of a start. */
export function unmountImages({ snapshots }: Context, { id, mounts }: ContainerRecord): void {
  for (const mount of imageMountsOf(mounts)) {
    const key = keyOf(id, mount.point.destination);
    if (snapshots.has(key)) snapshots.unmount(key);
  }
}

export async function removeImageSnapshots(
  { snapshots }: Context,
  { id, mounts }: Pick<ContainerRecord, 'id' | 'mounts'>,
): Promise<void> {
  for (const mount of imageMountsOf(mounts)) await snapshots.remove(keyOf(id, mount.point.destination));
}

const imageMountsOf = (mounts: readonly ContainerMount[]): ContainerMount[] =>
  mounts.filter(({ point }) => point.type === 'image');
