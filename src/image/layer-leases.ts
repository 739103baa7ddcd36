import type { Digest } from '../oci/digest.ts';

/** Counts who needs a layer although no image record does yet. */
export class LayerLeases {
  private readonly counts = new Map<Digest, number>();

  hold(diffIds: readonly Digest[]): Disposable {
    for (const diffId of diffIds) this.counts.set(diffId, (this.counts.get(diffId) ?? 0) + 1);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held) for (const diffId of diffIds) this.drop(diffId);
        held = false;
      },
    };
  }

  has(diffId: Digest): boolean {
    return this.counts.has(diffId);
  }

  private drop(diffId: Digest): void {
    const count = (this.counts.get(diffId) ?? 0) - 1;
    if (count > 0) this.counts.set(diffId, count);
    else this.counts.delete(diffId);
  }
}
