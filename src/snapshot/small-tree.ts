import { lstatSync, readdirSync } from 'node:fs';

const ENTRIES = 64;
const BYTES = 256 << 10;

/** Whether a tree is quicker dealt with here than by a thread. It looks at no more than that takes. */
export function isSmallTree(path: string): boolean {
  const left = { entries: ENTRIES, bytes: BYTES };
  return fits(Buffer.from(path), left);
}

function fits(directory: Buffer, left: { entries: number; bytes: number }): boolean {
  const entries = readdirSync(directory, { withFileTypes: true, encoding: 'buffer' });
  left.entries -= entries.length;
  if (left.entries < 0) return false;
  return entries.every((entry) => {
    const child = Buffer.concat([directory, slash, entry.name]);
    if (entry.isDirectory()) return fits(child, left);
    if (entry.isFile()) left.bytes -= lstatSync(child).size;
    return left.bytes >= 0;
  });
}

const slash = Buffer.from('/');
