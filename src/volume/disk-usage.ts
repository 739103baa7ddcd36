import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../lib/errors.ts';

/** Bytes of the files under a directory, each counted once however many names it has. What vanishes meanwhile is left out. */
export async function diskUsage(path: string): Promise<number> {
  const seen = new Set<string>();
  const pending = [path];
  let total = 0;
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const entry of await orNothing(readdir(directory, { withFileTypes: true }), [])) {
      const child = join(directory, entry.name);
      if (entry.isDirectory()) {
        pending.push(child);
        continue;
      }
      const stat = await orNothing(lstat(child), undefined);
      if (!stat) continue;
      const identity = `${stat.dev}:${stat.ino}`;
      if (stat.nlink > 1 && seen.has(identity)) continue;
      if (stat.nlink > 1) seen.add(identity);
      total += stat.size;
    }
  }
  return total;
}

async function orNothing<T, N>(work: Promise<T>, nothing: N): Promise<T | N> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return nothing;
    throw error;
  }
}
