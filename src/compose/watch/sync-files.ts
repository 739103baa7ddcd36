import { createReadStream, lstatSync, readlinkSync, type Stats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Client } from '../../client/client.ts';
import { readFrames } from '../../client/frames.ts';
import { bytesOfText } from '../../lib/byte-string.ts';
import { EngineError, hasCode, messageOf } from '../../lib/errors.ts';
import { makeEntry, type TarType } from '../../lib/tar/entry.ts';
import { type TarMember, writeTar } from '../../lib/tar/write.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { isUp, nameOf } from '../plan/observe.ts';

/** A path of the host and where it lies in a container. */
export interface Mapping {
  readonly host: string;
  readonly container: string;
}

/** Something that is there to be copied. */
interface Present extends Mapping {
  readonly type: TarType;
  readonly stats: Stats;
}

/** Brings paths of containers to what they are on the host: written, or removed where they are no more. */
export async function syncFiles(
  client: Client,
  containers: readonly ContainerSummary[],
  mappings: readonly Mapping[],
): Promise<void> {
  const byTarget = new Map(mappings.map((mapping) => [mapping.container, mapping]));
  const present: Present[] = [];
  const removed = new Set<string>();
  for (const mapping of byTarget.values()) {
    const stats = statOf(mapping.host);
    const type = stats && typeOf(stats);
    if (type) present.push({ ...mapping, type, stats });
    else if (!stats) removed.add(mapping.container);
  }
  await Promise.all(
    containers.map(async (container) => {
      if (removed.size > 0) await removePaths(client, container, topmost(removed));
      if (present.length > 0) await writePaths(client, container, present);
    }),
  );
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

const typeOf = (stats: Stats): TarType | undefined =>
  stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'symlink'
        : undefined;

/** Members of an archive of `/`; what has gone meanwhile is left out, its own change tells of that. */
async function* membersOf(items: readonly Present[]): AsyncGenerator<TarMember> {
  for (const { host, container, type, stats } of items) {
    try {
      const body = type === 'file' ? await bodyOf(host, stats.size) : new Uint8Array();
      const entry = makeEntry({
        name: bytesOfText(container.slice(1)),
        type,
        size: body instanceof Uint8Array ? body.length : stats.size,
        mode: stats.mode & 0o7777,
        mtime: Math.floor(stats.mtimeMs / 1000),
        ...(type === 'symlink' && { linkName: readlinkSync(host, { encoding: 'latin1' }) }),
      });
      yield { entry, body };
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EINVAL')) throw error;
    }
  }
}

const WHOLE = 8 << 20;

/** A small file is read at once, so that it is of one piece. */
const bodyOf = async (path: string, size: number): Promise<Uint8Array | AsyncIterable<Uint8Array>> =>
  size <= WHOLE ? readFile(path) : createReadStream(path, { end: size - 1 });

/** Writes what it can without turning directories into something else, or the other way round; only then that. */
async function writePaths(
  client: Client,
  { Id }: ContainerSummary,
  items: readonly Present[],
): Promise<void> {
  const write = (chosen: readonly Present[], overwrite: boolean) => (): Promise<void> =>
    client.containers.writeArchive(Id, '/', writeTar(membersOf(chosen)), {
      noOverwriteDirNonDir: !overwrite,
      copyUIDGID: true,
    });
  const orElse = (next: () => Promise<void>) => (error: unknown) => {
    if (!/cannot overwrite|not a directory/.test(messageOf(error))) throw error;
    return next();
  };
  await write(items, false)()
    // a directory of ours may be a symlink there: what is in it can be written all the same
    .catch(orElse(write(withoutImplied(items), false)))
    .catch(orElse(write(items, true)));
}

/** Without directories that something else is in, which makes them. */
function withoutImplied(items: readonly Present[]): Present[] {
  const filled = new Set(items.map(({ container }) => posix.dirname(container)));
  return items.filter(({ type, container }) => type !== 'directory' || !filled.has(container));
}

/** Without paths below others. */
function topmost(paths: ReadonlySet<string>): string[] {
  const isBelow = (path: string): boolean => {
    for (let above = posix.dirname(path); above !== '/'; above = posix.dirname(above))
      if (paths.has(above)) return true;
    return false;
  };
  return [...paths].filter((path) => !isBelow(path));
}

/** As many as fit in one command line. */
const AT_ONCE = 500;

async function removePaths(
  client: Client,
  container: ContainerSummary,
  paths: readonly string[],
): Promise<void> {
  if (!isUp(container)) return; // nothing runs that could remove them
  for (let at = 0; at < paths.length; at += AT_ONCE)
    await remove(client, container, paths.slice(at, at + AT_ONCE));
}

async function remove(client: Client, container: ContainerSummary, paths: readonly string[]): Promise<void> {
  const { Id: exec } = await client.containers.execCreate(container.Id, {
    AttachStdout: true,
    AttachStderr: true,
    User: '0',
    Cmd: ['rm', '-rf', '--', ...paths],
  });
  const { socket, multiplexed } = await client.containers.execStart(exec, { Tty: false });
  let told = '';
  for await (const { data } of readFrames(socket as AsyncIterable<Uint8Array>, multiplexed))
    told += data.toString();
  const { ExitCode } = await client.containers.execInspect(exec);
  if (ExitCode !== 0)
    throw new EngineError(
      'internal',
      `deleting paths in ${nameOf(container)}: \`rm\` ended with ${ExitCode}${told === '' ? '' : `: ${told.trim()}`}`,
    );
}
