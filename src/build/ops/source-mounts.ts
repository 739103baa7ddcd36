import { chainIdOf } from '../../oci/digest.ts';
import type { Snapshotter } from '../../snapshot/types.ts';
import type { Rootfs } from '../solve/types.ts';
import { newId } from './services.ts';

/** File systems of stages and images that a build reads from, mounted once each, until the build ends. */
export class SourceMounts implements AsyncDisposable {
  private readonly snapshots: Pick<Snapshotter, 'create' | 'mount' | 'remove'>;
  private readonly roots = new Map<string, string>();
  private readonly held = new AsyncDisposableStack();

  constructor(snapshots: Pick<Snapshotter, 'create' | 'mount' | 'remove'>) {
    this.snapshots = snapshots;
  }

  /** The merged tree; nobody may write to it. */
  root({ layers }: Rootfs): string {
    const chain = chainIdOf(layers) ?? '';
    const known = this.roots.get(chain);
    if (known !== undefined) return known;
    const key = newId();
    this.snapshots.create(key, layers);
    this.held.defer(() => this.snapshots.remove(key));
    const root = this.snapshots.mount(key, { volatile: true });
    this.roots.set(chain, root);
    return root;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.held.disposeAsync();
  }
}
