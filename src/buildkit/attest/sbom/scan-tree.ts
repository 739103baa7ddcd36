import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { textOfBytes } from '../../../lib/byte-string.ts';
import { hasCode } from '../../../lib/errors.ts';
import { walkTree } from '../../../lib/walk-tree.ts';
import { readers } from './readers.ts';
import type { Distribution, FoundPackage } from './types.ts';

const osRelease = /^(?:usr\/lib|etc)\/os-release$/;
/** File systems of the kernel, which are empty in images. */
const skipped = new Set(['proc', 'sys', 'dev']);

/** The packages that databases in a tree tell of. The tree is a stranger's: no symlink is followed, only plain files are read. */
export async function scanTree(root: string, signal: AbortSignal): Promise<FoundPackage[]> {
  const paths: string[] = [];
  for await (const { path: bytes, entry } of walkTree(root, (directory) => !skipped.has(directory))) {
    signal.throwIfAborted();
    const path = textOfBytes(bytes);
    if (entry.isFile() && (osRelease.test(path) || readers.some((each) => each.reads(path))))
      paths.push(path);
  }
  const distribution = await distributionOf(root, paths);
  const found = new Map<string, FoundPackage>();
  for (const path of paths) {
    signal.throwIfAborted();
    const reader = readers.find((each) => each.reads(path));
    const text = reader && (await readPlain(`${root}/${path}`, reader.limit));
    if (text === undefined) continue;
    for (const each of reader?.packages(text, { path, distribution }) ?? [])
      if (!found.has(each.purl)) found.set(each.purl, each);
  }
  return [...found.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
}

async function distributionOf(root: string, paths: readonly string[]): Promise<Distribution> {
  const path = paths.find((each) => osRelease.test(each));
  const text = (path && (await readPlain(`${root}/${path}`, 64 << 10))) ?? '';
  const value = (name: string): string =>
    new RegExp(`^${name}=(?:"([^"]*)"|'([^']*)'|(.*))$`, 'm').exec(text)?.slice(1).find(Boolean) ?? '';
  return { id: value('ID'), version: value('VERSION_ID') };
}

/** Undefined for what is no plain file, or larger. */
async function readPlain(path: string, limit: number): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await file.stat();
    return stats.isFile() && stats.size <= limit ? await file.readFile('utf8') : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ELOOP', 'ENXIO')) return undefined;
    throw error;
  }
}
