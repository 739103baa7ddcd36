import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { basename, posix, resolve } from 'node:path';
import { bytesOfText } from '../../lib/byte-string.ts';
import { packTree } from '../../lib/tar/pack-tree.ts';
import { renameRoot } from '../../lib/tar/rename-root.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { type InContainer, placeAt, type Side } from './copy-target.ts';
import { isDirectoryMode, isSymlinkMode } from './path-stat.ts';

interface CopyOptions {
  /** Keep the owners of the files. */
  readonly owners: boolean;
  /** Copy what a symlink leads to, not the link. */
  readonly follow: boolean;
}

/** Copies into a container, from the local file system or an archive on standard input. */
export async function copyIn(
  context: Context,
  source: Side,
  target: InContainer,
  options: CopyOptions,
): Promise<void> {
  const write = (directory: string, tar: AsyncIterable<Uint8Array>): Promise<void> =>
    context.client.containers.writeArchive(target.container, directory, tar, {
      noOverwriteDirNonDir: true,
      copyUIDGID: options.owners,
    });
  const found = await followed(context, target);
  if ('stdio' in source) {
    if (!found?.isDirectory)
      throw new ExitError(1, `destination "${target.container}:${target.path}" must be a directory`);
    return write(target.path, context.in as AsyncIterable<Uint8Array>);
  }
  if (!('local' in source)) return;
  const local = resolve(context.cwd, source.local);
  const tree = treeAt(local, options.follow || /\/\.?$/.test(source.local));
  const place = placeAt(
    {
      exists: found !== undefined,
      isDirectory: found?.isDirectory ?? false,
      path: found?.path ?? target.path,
      given: target.path,
    },
    { given: source.local, name: basename(local), isDirectory: lstatSync(tree).isDirectory() },
  );
  const name = bytesOfText(basename(local));
  await write(place.directory, renameRoot(toAsync(packTree(tree, { name })), name, bytesOfText(place.name)));
}

/** The path of what is copied. */
function treeAt(local: string, follow: boolean): string {
  const isThere = follow ? existsSync(local) : lstatSync(local, { throwIfNoEntry: false }) !== undefined;
  if (!isThere) throw new ExitError(1, `lstat ${local}: no such file or directory`);
  return follow ? realpathSync(local) : local;
}

/** What stands at a path of a container, behind a symlink that it may be. */
async function followed(
  context: Context,
  { container, path }: InContainer,
): Promise<{ path: string; isDirectory: boolean } | undefined> {
  const stat = await context.client.containers.statPath(container, path);
  if (!stat) return undefined;
  if (!isSymlinkMode(stat.mode) || stat.linkTarget === '')
    return { path, isDirectory: isDirectoryMode(stat.mode) };
  const target = posix.resolve(posix.dirname(posix.resolve('/', path)), stat.linkTarget);
  const behind = await context.client.containers.statPath(container, target);
  return behind ? { path: target, isDirectory: isDirectoryMode(behind.mode) } : undefined;
}

async function* toAsync(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
