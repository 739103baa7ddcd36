import { conflict } from '../../lib/errors.ts';
import type { Snapshotter } from '../../snapshot/types.ts';
import type { CacheMountInfo, CacheMounts } from '../ops/exec/cache-mounts.ts';
import type { Builder } from '../types.ts';
import type { MeasuredSizes } from './measured-sizes.ts';

export interface CacheMountUsage extends CacheMountInfo {
  /** Bytes on disk. */
  readonly size: number;
}

interface Parts {
  readonly caches: CacheMounts;
  readonly sizes: MeasuredSizes;
  readonly snapshots: Pick<Snapshotter, 'archiveTree' | 'extractTree'>;
}

/** What users do with single cache mounts. */
export function cacheMountCalls({ caches, sizes, snapshots }: Parts): Builder['cacheMounts'] {
  const measured = async (mounts: readonly CacheMountInfo[]): Promise<CacheMountUsage[]> => {
    const found = await sizes.of(mounts.map((mount) => caches.measure(mount)));
    return mounts.map((mount, index) => ({ ...mount, size: found[index] ?? 0 }));
  };
  const measure = async (mount: CacheMountInfo): Promise<CacheMountUsage> =>
    (await measured([mount]))[0] ?? { ...mount, size: 0 };
  return {
    list: () => measured(caches.list()),
    export(idOrName, options) {
      caches.get(idOrName); // what is not there is told before anything is sent
      return caches.export(idOrName, (directory) =>
        snapshots.archiveTree(directory, { name: '.', ...options }),
      );
    },
    async import(id, archive, options) {
      const mount = await caches.import(id, (directory) =>
        snapshots.extractTree(archive, directory, { allowDevices: false, ...options }),
      );
      return measure(mount);
    },
    async remove(idOrName) {
      const { name, size } = await measure(caches.get(idOrName));
      if (!(await caches.remove(name))) throw conflict(`cache mount ${idOrName} is in use by a build`);
      return size;
    },
  };
}
