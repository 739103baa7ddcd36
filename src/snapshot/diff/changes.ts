import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { readXattr } from '../../kernel/xattr.ts';
import { asPath, bytesOfText, textOfBytes, type ByteString } from '../../lib/byte-string.ts';
import { hasCode } from '../../lib/errors.ts';
import type { Change } from '../types.ts';

export interface ChangesArguments {
  readonly upper: string;
  /** Lower directories, top first. */
  readonly lower: readonly string[];
}

/** What a name means in the stack below: a file, or the directories that merge there (top first). */
type Below = {
  readonly stats: Stats;
  readonly path: ByteString;
  readonly directories: readonly ByteString[];
};

/**
 * Job: what an upper directory changes, told as Docker tells it: a directory also when only something in it changed, and nothing that is in
 * the upper directory without being different (a copy that was made for a change which came to nothing).
 */
export function listChanges({ upper, lower }: ChangesArguments): Change[] {
  const changes: Change[] = [];
  compare(bytesOfText(upper), lower.map(bytesOfText), '', changes);
  return changes;
}

function compare(upper: ByteString, lower: readonly ByteString[], path: ByteString, changes: Change[]): void {
  const hides = isOpaque(upper);
  const names = namesIn(upper);
  const gone = hides ? visibleNames(lower).filter((name) => !names.includes(name)) : [];
  for (const name of [...names, ...gone].sort()) {
    const below = lookUp(lower, name);
    const stats = lstatSync(asPath(`${upper}/${name}`), { throwIfNoEntry: false });
    const child = `${path}/${name}`;
    if (!stats || isWhiteout(stats)) {
      if (below) tell(changes, 'deleted', child);
    } else compareOne(`${upper}/${name}`, stats, below, child, changes);
  }
}

function compareOne(
  upper: ByteString,
  stats: Stats,
  below: Below | undefined,
  path: ByteString,
  changes: Change[],
): void {
  const at = changes.length;
  const kind = below ? 'modified' : 'added';
  const isDifferent = !below || differs(upper, stats, below);
  if (isDifferent) tell(changes, kind, path);
  if (stats.isDirectory()) compare(upper, below?.directories ?? [], path, changes);
  else if (below?.stats.isDirectory())
    for (const name of visibleNames(below.directories)) tell(changes, 'deleted', `${path}/${name}`);
  const hasChanges = changes.length > at;
  if (hasChanges && !isDifferent) changes.splice(at, 0, { kind: 'modified', path: textOfBytes(path) });
}

/** Directories by owner and mode only: their size and time say nothing about themselves. */
function differs(upper: ByteString, stats: Stats, { stats: before, path }: Below): boolean {
  if (stats.mode !== before.mode || stats.uid !== before.uid || stats.gid !== before.gid) return true;
  if (stats.rdev !== before.rdev || capabilityOf(upper, stats) !== capabilityOf(path, before)) return true;
  if (stats.isDirectory()) return false;
  if (stats.isSymbolicLink()) return linkAt(upper) !== linkAt(path) || stats.mtimeMs !== before.mtimeMs;
  return stats.size !== before.size || stats.mtimeMs !== before.mtimeMs;
}

/** Finds a name in a stack of directories that merge. */
function lookUp(lower: readonly ByteString[], name: ByteString): Below | undefined {
  const directories: ByteString[] = [];
  let first: { stats: Stats; path: ByteString } | undefined;
  for (const directory of lower) {
    const path = `${directory}/${name}`;
    const stats = statOf(path);
    if (!stats) continue;
    if (isWhiteout(stats)) break;
    first ??= { stats, path };
    if (!stats.isDirectory()) break;
    directories.push(path);
    if (isOpaque(path)) break;
  }
  if (!first) return undefined;
  return { ...first, directories: first.stats.isDirectory() ? directories : [] };
}

function visibleNames(directories: readonly ByteString[]): ByteString[] {
  const names = new Set(directories.flatMap(namesIn));
  return [...names].filter((name) => lookUp(directories, name)).sort();
}

function tell(changes: Change[], kind: Change['kind'], path: ByteString): void {
  changes.push({ kind, path: textOfBytes(path) });
}

const linkAt = (path: ByteString): ByteString => readlinkSync(asPath(path), { encoding: 'latin1' });
const isWhiteout = (stats: Stats): boolean => stats.isCharacterDevice() && stats.rdev === 0;
const isOpaque = (path: ByteString): boolean => readXattr(path, 'trusted.overlay.opaque') === 'y';

function capabilityOf(path: ByteString, stats: Stats): string | undefined {
  return stats.isFile() ? readXattr(path, 'security.capability') : undefined;
}

/** Nothing when it went away meanwhile. */
function namesIn(directory: ByteString): ByteString[] {
  try {
    return readdirSync(asPath(directory), { encoding: 'latin1' });
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

function statOf(path: ByteString): Stats | undefined {
  try {
    return lstatSync(asPath(path), { throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}
