import { existsSync, statSync } from 'node:fs';
import { basename, dirname, posix, resolve } from 'node:path';
import { bytesOfText } from '../../lib/byte-string.ts';
import { extractTar } from '../../lib/tar/extract.ts';
import { packTree } from '../../lib/tar/pack-tree.ts';
import { renameRoot } from '../../lib/tar/rename-root.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool } from '../flags.ts';

type Side =
  | { readonly container: string; readonly path: string }
  | { readonly local: string }
  | { readonly stdio: true };

export const command = defineCommand({
  summary: 'Copy files/folders between a container and the local filesystem',
  usage: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tlade cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  flags: {
    archive: bool('Archive mode (copy all uid/gid information)', 'a'),
    'follow-link': bool('Always follow symbol link in SRC_PATH', 'L'),
    quiet: bool('Suppress progress output during copy', 'q'),
  },
  args: { min: 2, max: 2 },
  async run(context, flags, [from = '', to = '']) {
    const source = parseSide(from);
    const target = parseSide(to);
    if ('container' in source && 'container' in target)
      throw new ExitError(1, 'copying between containers is not supported');
    if ('container' in source) await copyOut(context, source, target, flags['follow-link'] ?? false);
    else if ('container' in target)
      await copyIn(context, source, target, {
        owners: flags.archive ?? false,
        follow: flags['follow-link'] ?? false,
      });
    else throw new ExitError(1, 'must specify at least one container source');
    if (!flags.quiet && context.err.isTTY) context.err.write(`Successfully copied to ${to}\n`);
  },
});

/** `NAME:path`, `-`, or a local path (one with a slash or dot in front of its colon is local). */
function parseSide(text: string): Side {
  if (text === '-') return { stdio: true };
  const colon = text.indexOf(':');
  if (colon <= 0 || text.startsWith('/') || text.startsWith('.')) return { local: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) };
}

async function copyOut(
  context: Context,
  source: { container: string; path: string },
  target: Side,
  follow: boolean,
): Promise<void> {
  const { containers } = context.client;
  const linked = follow ? await containers.statPath(source.container, source.path) : undefined;
  const path = linked?.linkTarget ? linked.linkTarget : source.path;
  const { stat, tar } = await containers.readArchive(source.container, path);
  if ('stdio' in target) {
    for await (const chunk of tar)
      if (!context.out.write(chunk)) await new Promise<void>((done) => context.out.once('drain', done));
    return;
  }
  if (!('local' in target)) return;
  const local = resolve(context.cwd, target.local);
  const isDirectory = (stat.mode & 0x80000000) !== 0;
  const place = placeAt(
    {
      exists: existsSync(local),
      isDirectory: existsSync(local) && statSync(local).isDirectory(),
      path: local,
      given: target.local,
    },
    source.path,
    stat.name,
    isDirectory,
  );
  if (!existsSync(place.directory))
    throw new ExitError(
      1,
      `invalid output path: directory ${JSON.stringify(place.directory)} does not exist`,
    );
  await extractTar(renameRoot(tar, bytesOfText(stat.name), bytesOfText(place.name)), place.directory, {
    owner: 'self',
  });
}

async function copyIn(
  context: Context,
  source: Side,
  target: { container: string; path: string },
  options: { owners: boolean; follow: boolean },
): Promise<void> {
  const { containers } = context.client;
  const write = (directory: string, tar: AsyncIterable<Uint8Array>): Promise<void> =>
    containers.writeArchive(target.container, directory, tar, {
      noOverwriteDirNonDir: true,
      copyUIDGID: options.owners,
    });
  if ('stdio' in source) return write(target.path, context.in as AsyncIterable<Uint8Array>);
  if (!('local' in source)) return;
  const local = resolve(context.cwd, source.local);
  if (!existsSync(local)) throw new ExitError(1, `lstat ${local}: no such file or directory`);
  const stat = await followed(context, target);
  const path = stat?.path ?? target.path;
  const isDirectory = statSync(local).isDirectory();
  const place = placeAt(
    { exists: stat !== undefined, isDirectory: stat?.isDirectory ?? false, path, given: target.path },
    source.local,
    basename(local),
    isDirectory,
  );
  const name = bytesOfText(basename(local));
  await write(place.directory, renameRoot(toAsync(packTree(local, { name })), name, bytesOfText(place.name)));
}

/** What stands at a path of a container, behind a symlink that it may be. */
async function followed(
  context: Context,
  { container, path }: { container: string; path: string },
): Promise<{ path: string; isDirectory: boolean } | undefined> {
  const stat = await context.client.containers.statPath(container, path);
  if (!stat) return undefined;
  if ((stat.mode & 0x8000000) === 0 || stat.linkTarget === '')
    return { path, isDirectory: (stat.mode & 0x80000000) !== 0 };
  const target = posix.resolve(posix.dirname(posix.resolve('/', path)), stat.linkTarget);
  const behind = await context.client.containers.statPath(container, target);
  return behind ? { path: target, isDirectory: (behind.mode & 0x80000000) !== 0 } : undefined;
}

interface Target {
  readonly exists: boolean;
  readonly isDirectory: boolean;
  readonly path: string;
  readonly given: string;
}

/** Where a copy goes by the rules of `docker cp`: the directory to write in and the name there ('' = the content alone). */
function placeAt(
  target: Target,
  sourcePath: string,
  sourceName: string,
  sourceIsDirectory: boolean,
): { directory: string; name: string } {
  const contentOnly = /(^|\/)\.$/.test(sourcePath);
  if (target.exists && target.isDirectory)
    return { directory: target.path, name: contentOnly && sourceIsDirectory ? '' : sourceName };
  if (target.exists && sourceIsDirectory) throw new ExitError(1, 'cannot copy directory');
  if (target.given.endsWith('/') && !sourceIsDirectory)
    throw new ExitError(1, target.exists ? 'not a directory' : 'destination directory must exist');
  const path = target.path.replace(/\/+$/, '') || '/';
  return { directory: dirname(path), name: basename(path) };
}

async function* toAsync(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
