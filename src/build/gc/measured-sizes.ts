import { diskUsage } from '../../lib/disk-usage.ts';

/** Bytes on disk of directories: measured once, and again only after they were used. */
export class MeasuredSizes {
  private readonly known = new Map<string, { readonly stamp: string; readonly size: number }>();

  /** `stamp` changes with each use. */
  async of(directories: readonly { readonly path: string; readonly stamp: string }[]): Promise<number[]> {
    const stale = directories.filter(({ path, stamp }) => this.known.get(path)?.stamp !== stamp);
    if (stale.length > 0) {
      const sizes = await diskUsage(stale.map(({ path }) => path));
      for (const [index, { path, stamp }] of stale.entries())
        this.known.set(path, { stamp, size: sizes[index] ?? 0 });
    }
    return directories.map(({ path }) => this.known.get(path)?.size ?? 0);
  }

  forget(path: string): void {
    this.known.delete(path);
  }
}
