import { createHash } from 'node:crypto';
import { constants, createReadStream, type PathLike } from 'node:fs';
import { textOfBytes } from '../../lib/byte-string.ts';
import { walkTree } from '../../lib/walk-tree.ts';

/** All plain files of a tree with their SHA-256, by name. No symlink is followed. */
export async function hashFiles(
  root: string,
  signal: AbortSignal,
): Promise<{ path: string; sha256: string }[]> {
  const found: { path: string; sha256: string }[] = [];
  for await (const { path, place, entry } of walkTree(root)) {
    signal.throwIfAborted();
    if (entry.isFile()) found.push({ path: textOfBytes(path), sha256: await hashFile(place) });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function hashFile(path: PathLike): Promise<string> {
  const hash = createHash('sha256');
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
  for await (const chunk of createReadStream(path, { flags: flags as never, highWaterMark: 1 << 20 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
