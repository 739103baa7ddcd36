import { dirname, join } from 'node:path';
import { isDigest } from '../oci/digest.ts';
import type { Snapshotter } from '../snapshot/types.ts';
import type { Engine } from '../api/engine.ts';

/** Where things lie, as `GraphDriver` of inspect tells it. */

export const layerDirs =
  (snapshots: Snapshotter): Engine['layerDirs'] =>
  (diffIds) => {
    const dirs = diffIds.flatMap((diffId) =>
      isDigest(diffId) && snapshots.layer(diffId) ? [snapshots.layerPath(diffId)] : [],
    );
    return dirs.length === diffIds.length ? dirs : undefined;
  };

export const layerSize =
  (snapshots: Snapshotter): Engine['layerSize'] =>
  (diffId) =>
    (isDigest(diffId) ? snapshots.layer(diffId)?.size : undefined) ?? 0;

export const snapshotDirs =
  (snapshots: Snapshotter): Engine['snapshotDirs'] =>
  (containerId) => {
    if (!snapshots.has(containerId)) return undefined;
    const upper = snapshots.upperPath(containerId);
    const root = dirname(upper);
    return { upper, work: join(root, 'work'), merged: join(root, 'merged') };
  };
