import { makeNode, S_IFBLK, S_IFCHR, S_IFIFO } from '../../kernel/mknod.ts';
import { writeXattr } from '../../kernel/xattr.ts';
import { textOfBytes } from '../../lib/byte-string.ts';
import { decompress } from '../../lib/compression.ts';
import { EngineError, hasCode, invalid } from '../../lib/errors.ts';
import { type ExtractOptions, type ExtraCalls, extractTar } from '../../lib/tar/extract.ts';
import { resolveUser } from '../../runtime/user/resolve-user.ts';
import type { ContainerRecord } from '../container-record.ts';
import { type Context, publish } from '../context.ts';
import type { Containers } from '../types.ts';
import { openTree } from './container-tree.ts';
import { locate } from './locate.ts';

type WriteOptions = Parameters<Containers['writeArchive']>[3];

/** The verb behind `PUT …/archive`: unpacks an archive into a directory of the container. */
export async function writeArchive(
  context: Context,
  record: ContainerRecord,
  name: string,
  path: string,
  archive: AsyncIterable<Uint8Array>,
  options: WriteOptions,
): Promise<void> {
  await using tree = await openTree(context, record);
  using found = locate(name, tree, path, { followLast: true });
  if (!found.stats.isDirectory()) throw invalid('extraction point is not a directory');
  const into = `/${found.realPath}`;
  checkWritable(record, textOfBytes(into));
  const { signal } = options;
  try {
    await extractTar(decompress(archive, signal ? { signal } : {}), tree.root, {
      into,
      keepKinds: options.noOverwriteDirNonDir,
      calls,
      ...ownerOf(record, tree.root, options),
    });
  } catch (error) {
    throw hasCode(error instanceof EngineError ? error.cause : error, 'EROFS')
      ? readOnly('container rootfs')
      : error;
  }
  publish(context, record, 'extract-to-dir');
}

/** The deepest mount that a path lies in decides; outside of all, the root file system. */
function checkWritable({ mounts, spec }: ContainerRecord, path: string): void {
  const inside = mounts
    .map(({ point }) => point)
    .filter(({ destination }) => path === destination || path.startsWith(`${destination}/`))
    .toSorted((left, right) => right.destination.length - left.destination.length)[0];
  if (inside && !inside.rw) throw readOnly('mounted volume');
  if (!inside && spec.readonlyRootfs) throw readOnly('container rootfs');
}

const readOnly = (what: string): Error => new EngineError('forbidden', `${what} is marked read-only`);

/** With `copyUidGid` everything belongs to the container's user, if it names one. */
function ownerOf(
  record: ContainerRecord,
  root: string,
  options: WriteOptions,
): Pick<ExtractOptions, 'owner'> {
  if (!options.copyUidGid || record.spec.user === '') return {};
  const { uid, gid } = resolveUser(root, record.spec.user);
  return { owner: { uid, gid } };
}

const nodeTypes = { character: S_IFCHR, block: S_IFBLK, fifo: S_IFIFO } as const;

const calls: ExtraCalls = {
  makeNode: (path, type, mode, major, minor) => makeNode(path, nodeTypes[type] | mode, major, minor),
  writeXattr,
};
