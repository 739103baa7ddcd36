import { chainIdOf } from '../../oci/digest.ts';
import type { Snapshotter } from '../../snapshot/types.ts';
import type { Rootfs } from '../solve/types.ts';
import { newId } from './services.ts';

/** File systems of stages and images that a build reads from, mounted once each, until the build ends. */
export class SourceMounts implements AsyncDisposable {
  private readonly snapshots: Snapshotter;
  private readonly mounted = new Map<string, { key: string; root: string }>();

  constructor(snapshots: Snapshotter) {
    this.snapshots = snapshots;
  }

  /** The merged tree; nobody may write to it. */
  root({ layers }: Rootfs): string {
    const chain = chainIdOf(layers) ?? '';
    const known = this.mounted.get(chain);
    if (known) return known.root;
    const key = newId();
    this.snapshots.create(key, layers);
    this.mounted.set(chain, { key, root: '' });
    const root = this.snapshots.mount(key, { volatile: true });
    this.mounted.set(chain, { key, root });
    return root;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const keys = [...this.mounted.values()].map(({ key }) => key);
    this.mounted.clear();
    for (const key of keys) await this.snapshots.remove(key);
  }
}
