import { rmSync, statSync, utimesSync } from 'node:fs';
import { exec } from '../../lib/exec.ts';

const UNUSED = 7 * 86_400_000;

/** Directories that are kept for later, and which of them somebody uses now. */
export class UsedDirectories {
  private readonly users = new Map<string, number>();

  /** Notes a use, until it is disposed of. */
  use(path: string): Disposable {
    this.users.set(path, (this.users.get(path) ?? 0) + 1);
    let released = false;
    return {
      [Symbol.dispose]: () => {
        if (released) return;
        released = true;
        const left = (this.users.get(path) ?? 1) - 1;
        if (left > 0) this.users.set(path, left);
        else this.users.delete(path);
        touch(path);
      },
    };
  }

  isUsed(path: string): boolean {
    return this.users.has(path);
  }

  /** Removes a directory that nobody uses: with `all` any, else one that was not used lately. Returns the bytes freed. */
  async discard(path: string, all: boolean): Promise<number> {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found || this.users.has(path) || (!all && Date.now() - found.mtimeMs < UNUSED)) return 0;
    const { stdout } = await exec('du', ['-s', '--block-size=1', '--', path]);
    if (this.users.has(path)) return 0;
    rmSync(path, { recursive: true, force: true });
    return Number.parseInt(stdout, 10) || 0;
  }
}

function touch(path: string): void {
  const now = Date.now() / 1000;
  if (statSync(path, { throwIfNoEntry: false })) utimesSync(path, now, now);
}
