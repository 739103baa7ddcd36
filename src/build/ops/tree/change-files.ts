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
import { invalid, kindOf } from '../../../lib/errors.ts';
import type { PathSelection } from '../../plan/types.ts';
import type { Owner } from './attributes.ts';
import { copySelection, type CopyTarget, isDirectoryAt, prepare } from './copy-selection.ts';
import { makeDirectories } from './make-directories.ts';
import { directoryMode, parseMode } from './mode.ts';
import { resolveOwner } from './owner.ts';
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

/** Applies changes to the file system at `root`, in order. Nothing outside of it is written, whatever it contains. */
export async function changeFiles(root: ByteString, changes: readonly Change[]): Promise<void> {
  for (const change of changes) {
    if (change.kind === 'mkdir') {
      const owner = ownerOrRoot(textOfBytes(root), change.owner);
      makeDirectories(root, bytesOfText(change.path), { owner, mode: 0o755 });
    } else if (change.kind === 'way') makeWay(root, change.way);
    else if (change.kind === 'copy') await copy(root, change);
    else await write(root, change);
  }
}

/** WORKDIR makes its directory for the current user; one that is not known (yet) counts as root. */
function ownerOrRoot(root: string, text: string): Owner {
  if (text === '') return { uid: 0, gid: 0 };
  try {
    return resolveOwner(root, text);
  } catch (error) {
    if (kindOf(error) === 'invalid') return { uid: 0, gid: 0 };
    throw error;
  }
}

function targetOf(root: ByteString, placement: Placement): CopyTarget {
  const { destination, chown, chmod, severalSources } = placement;
  return {
    root,
    destination: bytesOfText(destination),
    owner: chown === undefined ? undefined : resolveOwner(textOfBytes(root), chown),
    mode: chmod === undefined ? undefined : parseMode(chmod),
    directoryMode: directoryMode(chmod),
    severalSources,
  };
}

async function copy(root: ByteString, change: Extract<Change, { kind: 'copy' }>): Promise<void> {
  const tree = new SourceTree(change.source);
  const target = targetOf(root, change);
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

async function write(root: ByteString, change: Extract<Change, { kind: 'write' }>): Promise<void> {
  const target = targetOf(root, change);
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
