import { kindOf } from '../../lib/errors.ts';
import type { Context } from '../context.ts';
import type { ContainerMount } from '../container-record.ts';
import { resolveInRoot } from '../resolve-in-root.ts';

/**
 * Docker's copy-up: volumes that are empty get what the image has at their destination. Done when the container is made, not when it
 * starts, so that what a user deletes later stays deleted.
 */
export async function fillVolumes(
  context: Context,
  id: string,
  mounts: readonly ContainerMount[],
): Promise<void> {
  const fresh = mounts.filter(({ request, point }) => point.type === 'volume' && !request.noCopy);
  if (fresh.length === 0) return;
  const rootfs = context.snapshots.mount(id);
  try {
    for (const mount of fresh) await fillVolume(context, id, rootfs, mount);
  } finally {
    context.snapshots.unmount(id);
  }
}

async function fillVolume(
  context: Context,
  id: string,
  rootfs: string,
  { request, point: { name = '', destination } }: ContainerMount,
): Promise<void> {
  const source = resolveInRoot(rootfs, destination);
  if (source === undefined) return;
  await context.volumes.acquire(name, id);
  try {
    await context.volumes.populate(name, source, request.subpath);
  } catch (error) {
    if (kindOf(error) !== 'not-found') throw error; // a part that is missing is told when the container starts
  } finally {
    await context.volumes.release(name, id);
  }
}
