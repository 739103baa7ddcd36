import { createReadStream, lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
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

/** Brings paths of containers to what they are on the host: written, or removed where they are no more. */
export async function syncFiles(
  client: Client,
  containers: readonly ContainerSummary[],
  mappings: readonly Mapping[],
): Promise<void> {
  const byTarget = new Map(mappings.map((mapping) => [mapping.container, mapping.host]));
  const members = [...byTarget].map(([target, host]) => memberOf(host, target));
  const removed = [...byTarget.keys()].filter((_target, index) => members[index] === undefined);
  const written = members.filter((member) => member !== undefined);
  await Promise.all(
    containers.map(async (container) => {
      if (removed.length > 0) await removePaths(client, container, removed);
      if (written.length > 0) await writePaths(client, container, written);
    }),
  );
}

/** A file, directory or symlink as the member of an archive of `/`; undefined for what is not there. */
function memberOf(host: string, target: string): TarMember | undefined {
  try {
    const stats = lstatSync(host);
    const type = typeOf(stats);
    if (!type) return undefined;
    const body = type === 'file' ? bodyOf(host, stats.size) : undefined;
    const entry = makeEntry({
      name: bytesOfText(target.slice(1)),
      type,
      size: body instanceof Uint8Array ? body.length : type === 'file' ? stats.size : 0,
      mode: stats.mode & 0o7777,
      mtime: Math.floor(stats.mtimeMs / 1000),
      ...(type === 'symlink' && { linkName: readlinkSync(host, { encoding: 'latin1' }) }),
    });
    return { entry, ...(body && { body }) };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** A small file at once, so that it is of one piece; a large one when it is asked for, as often as that is. */
const bodyOf = (path: string, size: number): Uint8Array | AsyncIterable<Uint8Array> =>
  size <= WHOLE
    ? readFileSync(path)
    : { [Symbol.asyncIterator]: () => createReadStream(path, { end: size - 1 })[Symbol.asyncIterator]() };

const WHOLE = 8 << 20;

const typeOf = (stats: Stats): TarType | undefined =>
  stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'symlink'
        : undefined;

/** Writes what it can without turning directories into something else, or the other way round; only then that. */
async function writePaths(
  client: Client,
  { Id }: ContainerSummary,
  members: readonly TarMember[],
): Promise<void> {
  const write = (chosen: readonly TarMember[], overwrite: boolean) => (): Promise<void> =>
    client.containers.writeArchive(Id, '/', writeTar(chosen), {
      noOverwriteDirNonDir: !overwrite,
      copyUIDGID: true,
    });
  const orElse = (next: () => Promise<void>) => (error: unknown) => {
    if (!/cannot overwrite|not a directory/.test(messageOf(error))) throw error;
    return next();
  };
  await write(members, false)()
    // a directory of ours may be a symlink there: what is in it can be written all the same
    .catch(orElse(write(withoutImplied(members), false)))
    .catch(orElse(write(members, true)));
}

/** Without directories that something else is in, which makes them. */
function withoutImplied(members: readonly TarMember[]): TarMember[] {
  const filled = new Set(members.map(({ entry }) => posix.dirname(entry.name)));
  return members.filter(({ entry }) => entry.type !== 'directory' || !filled.has(entry.name));
}

async function removePaths(
  client: Client,
  container: ContainerSummary,
  paths: readonly string[],
): Promise<void> {
  if (!isUp(container)) return; // nothing runs that could remove them
  const { Id: exec } = await client.containers.execCreate(container.Id, {
    AttachStdout: true,
    AttachStderr: true,
    User: '0',
    Cmd: ['rm', '-rf', ...paths],
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
