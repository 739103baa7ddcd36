import { readdirSync, statSync, type Stats } from 'node:fs';
import { join, posix } from 'node:path';
import { formatBytes } from '../../lib/bytes.ts';
import { resolveUser } from '../../runtime/user/resolve-user.ts';
import type { ContainerMount } from '../container-record.ts';
import { resolveInRoot } from '../resolve-in-root.ts';
import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';
import { statInRoot } from './stat-in-root.ts';

/** What is made by the build of an image and is missed when it is hidden; all else may be meant to be. */
const MADE = new Set([
  'node_modules',
  'bower_components',
  'vendor',
  '.venv',
  'venv',
  'target',
  'dist',
  'build',
  '.next',
]);

/** SOCK-ROOT, MOUNT-OWNER, DATA-EPHEMERAL, MOUNT-SHADOW: mounts that are not what they seem. */
export async function findMounts(evidence: Evidence): Promise<Finding[]> {
  const findings = evidence.record.mounts.map(async (mount) => [
    ...findSocket(mount),
    ...findOwner(evidence, mount),
    ...(await findAnonymous(evidence, mount)),
    ...findShadow(evidence, mount),
  ]);
  return (await Promise.all(findings)).flat();
}

function findSocket({ point }: ContainerMount): Finding[] {
  const isEngine = point.type === 'bind' && /(?:^|\/)(?:docker|podman|engine)\.sock$/.test(point.source);
  if (!isEngine || !statSync(point.source, { throwIfNoEntry: false })?.isSocket()) return [];
  return [
    {
      code: 'SOCK-ROOT',
      text: `${point.destination} gives it the whole engine, and with it this host${point.rw ? '' : '; read-only does not change that'}`,
      fix: 'mount it only into programs that you trust like root',
    },
  ];
}

/** Access lists are not looked at: who has one knows what it is for. */
function findOwner({ record, root }: Evidence, { point }: ContainerMount): Finding[] {
  if (!point.rw || (point.type !== 'bind' && point.type !== 'volume')) return [];
  const user = resolveUser(root, record.spec.user, record.spec.groupAdd);
  const stats = statInRoot(root, point.destination);
  if (!stats || user.uid === 0 || mayWrite(stats, user.uid, [user.gid, ...user.additionalGids])) return [];
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  return [
    {
      code: 'MOUNT-OWNER',
      text: `it runs as uid ${user.uid} and can't write to ${point.destination}, which belongs to ${stats.uid}:${stats.gid} (mode ${mode})`,
      fix:
        point.type === 'bind'
          ? `chown ${user.uid} ${point.source}`
          : `chown it in a container that runs as root`,
    },
  ];
}

function mayWrite({ uid, gid, mode }: Stats, user: number, groups: readonly number[]): boolean {
  if (uid === user) return (mode & 0o200) !== 0;
  return ((groups.includes(gid) ? mode & 0o020 : 0) | (mode & 0o002)) !== 0;
}

async function findAnonymous(
  { context, record }: Evidence,
  { anonymous, point }: ContainerMount,
): Promise<Finding[]> {
  // a volume that keeps what the image has made from being hidden has nothing to lose
  if (!anonymous || point.name === undefined || MADE.has(posix.basename(point.destination))) return [];
  const [size = 0] = await context.volumes.usage([point.name]);
  if (
    !statSync(point.source, { throwIfNoEntry: false })?.isDirectory() ||
    readdirSync(point.source).length === 0
  )
    return [];
  const goes = record.spec.autoRemove ? 'it goes with the container' : 'a new container starts without it';
  return [
    {
      code: 'DATA-EPHEMERAL',
      text: `it keeps ${formatBytes(size)} in a volume without a name (${point.destination}): ${goes}`,
      fix: `give the volume a name: -v NAME:${point.destination}`,
    },
  ];
}

/** A volume gets what the image has at its place; a directory of the host hides it. */
function findShadow({ context, record }: Evidence, { point }: ContainerMount): Finding[] {
  if (point.type !== 'bind') return [];
  const layers = context.images.find(record.spec.imageId)?.config.rootfs.diff_ids ?? [];
  const hidden = layers.flatMap((layer) => {
    const place = resolveInRoot(context.snapshots.layerPath(layer), point.destination);
    return place !== undefined && statSync(place).isDirectory() ? readdirSync(place) : [];
  });
  if (!statSync(point.source, { throwIfNoEntry: false })?.isDirectory()) return [];
  const mounted = new Set(record.mounts.map((mount) => posix.normalize(mount.point.destination)));
  const missing = [...new Set(hidden)].filter(
    (name) =>
      MADE.has(name) &&
      isEmpty(join(point.source, name)) &&
      !mounted.has(posix.join(point.destination, name)),
  );
  if (missing.length === 0) return [];
  return [
    {
      code: 'MOUNT-SHADOW',
      text: `${point.source} hides what the image has in ${point.destination} (${missing.join(', ')})`,
      fix: `keep it with a volume on top of it: -v ${point.destination.replace(/\/$/, '')}/${missing[0]}`,
    },
  ];
}

/** Nothing, or a directory with nothing in it, such as is made for a mount on top. */
function isEmpty(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return !stats || (stats.isDirectory() && readdirSync(path).length === 0);
}
