import { existsSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { bytesOfText } from '../../lib/byte-string.ts';
import { extractTar } from '../../lib/tar/extract.ts';
import { renameRoot } from '../../lib/tar/rename-root.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { type InContainer, placeAt, type Side } from './copy-target.ts';
import { isDirectoryMode } from './path-stat.ts';

/** Copies out of a container, into the local file system or as an archive to standard output. */
export async function copyOut(
  context: Context,
  { container, path }: InContainer,
  target: Side,
  follow: boolean,
): Promise<void> {
  const { containers } = context.client;
  const link = follow ? await containers.statPath(container, path) : undefined;
  const { stat, tar } = await containers.readArchive(container, link?.linkTarget || path);
  if ('stdio' in target) return pipeline(tar, context.out, { end: false });
  if (!('local' in target)) return;
  const local = behindLinks(resolve(context.cwd, target.local));
  const found = statSync(local, { throwIfNoEntry: false });
  if (found?.isCharacterDevice() || found?.isBlockDevice())
    throw new ExitError(
      1,
      `invalid output path: ${JSON.stringify(local)} must be a directory or a regular file: got a device`,
    );
  const place = placeAt(
    {
      exists: found !== undefined,
      isDirectory: found?.isDirectory() ?? false,
      path: local,
      given: target.local,
    },
    { given: path, name: stat.name, isDirectory: isDirectoryMode(stat.mode) },
  );
  if (!existsSync(place.directory))
    throw new ExitError(
      1,
      `invalid output path: directory ${JSON.stringify(place.directory)} does not exist`,
    );
  const renamed = renameRoot(tar, bytesOfText(stat.name), bytesOfText(place.name));
  await extractTar(renamed, place.directory, { owner: 'self' });
}

/** Where a path leads to; nothing needs to be there. A loop is left to who opens it. */
function behindLinks(path: string): string {
  let at = path;
  for (let left = 40; left > 0 && lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink(); left--)
    at = resolve(dirname(at), readlinkSync(at));
  return at;
}
