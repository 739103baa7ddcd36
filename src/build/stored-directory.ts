import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../lib/errors.ts';

/** A directory that is kept for later builds. Its own time is that of its last use. */
export interface StoredDirectory {
  readonly name: string;
  readonly path: string;
  readonly inUse: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly lastUsedAt: number;
}

/** The directories below one. */
export function storedDirectories(root: string, isUsed: (path: string) => boolean): StoredDirectory[] {
  return namesIn(root).flatMap((name) => {
    const path = join(root, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found?.isDirectory()) return [];
    const { birthtimeMs, mtimeMs } = found;
    return [{ name, path, inUse: isUsed(path), createdAt: birthtimeMs || mtimeMs, lastUsedAt: mtimeMs }];
  });
}

function namesIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
