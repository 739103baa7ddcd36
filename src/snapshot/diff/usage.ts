import { lstatSync, readdirSync } from 'node:fs';
import { asPath, bytesOfText, type ByteString } from '../../lib/byte-string.ts';

/** Job: bytes of the files in a tree, as Docker counts them: apparent sizes, each file once, directories for nothing. */
export function measureTree({ path }: { path: string }): number {
  const seen = new Set<string>();
  const measure = (directory: ByteString): number => {
    let size = 0;
    for (const name of readdirSync(asPath(directory), { encoding: 'latin1' })) {
      const child = `${directory}/${name}`;
      const stats = lstatSync(asPath(child), { throwIfNoEntry: false });
      if (!stats) continue;
      if (stats.isDirectory()) size += measure(child);
      else if (stats.nlink < 2 || isNew(seen, `${stats.dev}:${stats.ino}`)) size += stats.size;
    }
    return size;
  };
  return measure(bytesOfText(path));
}

function isNew(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
