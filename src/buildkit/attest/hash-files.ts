import { createHash } from 'node:crypto';
import { constants, createReadStream, type Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';

/** All plain files of a tree with their SHA-256, by name. No symlink is followed. */
export async function hashFiles(
  root: string,
  signal: AbortSignal,
  below = '',
): Promise<{ path: string; sha256: string }[]> {
  const found: { path: string; sha256: string }[] = [];
  const entries: Dirent[] = await readdir(`${root}/${below}`, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    signal.throwIfAborted();
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await hashFiles(root, signal, path)));
    else if (entry.isFile()) found.push({ path, sha256: await hashFile(`${root}/${path}`) });
  }
  return found;
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
  for await (const chunk of createReadStream(path, { flags: flags as never, highWaterMark: 1 << 20 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
