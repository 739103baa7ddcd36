import { existsSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../../lib/exec.ts';
import { type StoredDirectory, storedDirectories } from '../stored-directory.ts';

/** The directories below one, kept for later, and which of them somebody uses now. */
export class UsedDirectories {
  private readonly root: string;
  private readonly users = new Map<string, number>();

  constructor(root: string) {
    this.root = root;
  }

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

  list(): StoredDirectory[] {
    return storedDirectories(this.root, (path) => this.users.has(path));
  }

  /** Removes one that nobody uses. Returns the bytes freed. */
  async discard(name: string): Promise<number> {
    const path = join(this.root, name);
    if (this.users.has(path) || !existsSync(path)) return 0;
    const { stdout } = await exec('du', ['-s', '--block-size=1', '--', path]);
    if (this.users.has(path)) return 0;
    rmSync(path, { recursive: true, force: true });
    return Number.parseInt(stdout, 10) || 0;
  }
}

function touch(path: string): void {
  const now = Date.now() / 1000;
  if (existsSync(path)) utimesSync(path, now, now);
}
