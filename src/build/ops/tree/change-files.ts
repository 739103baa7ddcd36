import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { posix } from 'node:path';
import { asPath, bytesOfText, type ByteString, textOfBytes } from '../../../lib/byte-string.ts';
import { invalid } from '../../../lib/errors.ts';
import type { PathSelection } from '../../plan/types.ts';
import { copySelection, type CopyTarget, isDirectoryAt, prepare } from './copy-selection.ts';
import { makeDirectories } from './make-directories.ts';
import { directoryMode, parseMode } from './mode.ts';
import { type FoundOwner, resolveOwner, unknownOwnerText } from './owner.ts';
import { resolvePath } from './resolve-path.ts';
import { selectRoots } from './select.ts';
import { SourceTree, type TreeSource } from './source-tree.ts';
import { isArchive, unpackArchive } from './unpack.ts';
import { makeWay, type Way } from './way.ts';

interface Placement {
  readonly destination: string;
  readonly chown?: string;
  readonly chmod?: string;
  readonly severalSources: boolean;
}

/** A change to a file system, as plain data. */
export type Change =
  | { readonly kind: 'mkdir'; readonly path: string; readonly owner: string }
  | { readonly kind: 'way'; readonly way: Way }
  | ({
      readonly kind: 'copy';
      readonly source: TreeSource;
      readonly selection: PathSelection;
      readonly unpack: boolean;
    } & Placement)
  | ({
      /** A file that lies somewhere (a download) or whose content is given. */
      readonly kind: 'write';
      /** Without directories: what the file is called where the destination is one. */
      readonly name: string;
      readonly content: string | { readonly path: string };
      readonly mode: number;
      readonly mtime?: number;
      readonly unpack: boolean;
    } & Placement);

/**
 * Applies changes to the file system at `root`, in order. Nothing outside of it is written, whatever it contains. Returns what its user
 * should know of.
 */
export async function changeFiles(root: ByteString, changes: readonly Change[]): Promise<string[]> {
  const warnings: (string | undefined)[] = [];
  for (const change of changes) {
    if (change.kind === 'mkdir') warnings.push(makeDirectory(root, change));
    else if (change.kind === 'way') makeWay(root, change.way);
    else {
      const owner = change.chown === undefined ? undefined : resolveOwner(textOfBytes(root), change.chown);
      const target = targetOf(root, change, owner);
      await (change.kind === 'copy' ? copy(change, target) : write(root, change, target));
      if (owner) warnings.push(unknownOwnerText(owner, `what --chown=${change.chown} copies`));
    }
  }
  return warnings.filter((warning) => warning !== undefined);
}

/** WORKDIR makes its directory for the current user. */
function makeDirectory(root: ByteString, change: Extract<Change, { kind: 'mkdir' }>): string | undefined {
  const path = bytesOfText(change.path);
  if (isDirectoryAt(`${root}/${resolvePath(root, path)}`)) return undefined;
  const owner = resolveOwner(textOfBytes(root), change.owner);
  makeDirectories(root, path, { owner, mode: 0o755 });
  return unknownOwnerText(owner, `the directory ${change.path}`);
}

function targetOf(root: ByteString, placement: Placement, owner: FoundOwner | undefined): CopyTarget {
  const { destination, chmod, severalSources } = placement;
  return {
    root,
    destination: bytesOfText(destination),
    owner,
    mode: chmod === undefined ? undefined : parseMode(chmod),
    directoryMode: directoryMode(chmod),
    severalSources,
  };
}

async function copy(change: Extract<Change, { kind: 'copy' }>, target: CopyTarget): Promise<void> {
  const tree = new SourceTree(change.source);
  if (!change.unpack) return copySelection(tree, change.selection, target);
  for (const { name, entry } of selectRoots(tree, change.selection)) {
    const path = tree.pathOf(entry.path);
    if (entry.stats.isFile() && (await isArchive(path))) await unpack(path, target);
    else copySelection(tree, { ...change.selection, path: escapeWildcards(textOfBytes(name)) }, target);
  }
}

const escapeWildcards = (path: string): string => path.replace(/[\\*?[\]]/g, '\\$&');

async function unpack(path: ByteString, target: CopyTarget): Promise<void> {
  const owner = target.owner ?? { uid: 0, gid: 0 };
  const directory = makeDirectories(target.root, target.destination, { owner, mode: 0o755 });
  await unpackArchive(path, `${target.root}/${directory}`, target.owner);
}

async function write(
  root: ByteString,
  change: Extract<Change, { kind: 'write' }>,
  target: CopyTarget,
): Promise<void> {
  const { content } = change;
  if (change.unpack && typeof content === 'object' && (await isArchive(bytesOfText(content.path))))
    return unpack(bytesOfText(content.path), target);
  if (/^\.{0,2}$|\//.test(change.name))
    throw invalid(`invalid name of a file: ${JSON.stringify(change.name)}`);
  const place = prepare(target, change.severalSources);
  const isInto = change.destination.endsWith('/') || isDirectoryAt(`${root}/${place}`);
  const path = isInto ? posix.join(place, bytesOfText(change.name)) : place;
  put(`${root}/${path}`, change, target);
}

function put(path: ByteString, change: Extract<Change, { kind: 'write' }>, target: CopyTarget): void {
  const there = lstatSync(asPath(path), { throwIfNoEntry: false });
  if (there?.isDirectory()) throw invalid(`cannot replace directory ${change.destination} with file`);
  if (there) rmSync(asPath(path));
  const { content, mtime } = change;
  if (typeof content === 'string') writeFileSync(asPath(path), content);
  else copyFileSync(content.path, asPath(path), constants.COPYFILE_FICLONE);
  const { uid, gid } = target.owner ?? { uid: 0, gid: 0 };
  lchownSync(asPath(path), uid, gid);
  chmodSync(asPath(path), target.mode ? target.mode(change.mode, false) : change.mode);
  if (mtime !== undefined) lutimesSync(asPath(path), mtime, mtime);
}
