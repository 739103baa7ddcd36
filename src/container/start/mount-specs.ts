import { mkdirSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { invalid } from '../../lib/errors.ts';
import type { MountSpec } from '../../runtime/types.ts';
import type { ContainerMount, ContainerRecord } from '../container-record.ts';
import type { Context } from '../context.ts';
import type { MountRequest } from '../types.ts';
import { mountImage } from './image-mounts.ts';
import { possiblePropagation } from './propagation.ts';
import { mountSubpath, subpathsDirectory } from './subpath.ts';

/**
 * Acquires the container's volumes and describes all its mounts for the runtime. `undo` gives the volumes back; `scratch` holds what the
 * runtime needs until it has made the container.
 */
export async function acquireMounts(
  context: Context,
  record: ContainerRecord,
  undo: AsyncDisposableStack,
  scratch: DisposableStack,
): Promise<MountSpec[]> {
  const specs: MountSpec[] = [];
  for (const mount of record.mounts) specs.push(await acquireMount(context, record, mount, undo, scratch));
  return specs;
}

async function acquireMount(
  context: Context,
  record: ContainerRecord,
  mount: ContainerMount,
  undo: AsyncDisposableStack,
  scratch: DisposableStack,
): Promise<MountSpec> {
  const { request, point } = mount;
  const { destination } = point;
  if (point.type === 'tmpfs')
    return { source: 'tmpfs', destination, type: 'tmpfs', options: tmpfsOptions(request) };
  if (point.type === 'bind') {
    if (request.createSource) makeMissing(point.source);
    checkBindSource(point.source);
    const options = bindOptions(request, possiblePropagation(point, request));
    return { source: point.source, destination, type: 'bind', options };
  }
  const options = bindOptions(request, point.propagation);
  if (point.type === 'image') {
    const { path } = scratch.use(mountImage(context, record, mount));
    const source = request.subpath
      ? scratch.use(mountSubpath(subpathsDirectory(context.roots.bundles), path, request.subpath)).path
      : path;
    return { source, destination, type: 'bind', options: ['bind', 'rprivate', 'ro'] };
  }
  const name = point.name ?? '';
  const directory = await context.volumes.acquire(name, record.id);
  undo.defer(() => releaseVolume(context, record, mount));
  tellVolume(context, record, mount, 'mount');
  const source = request.subpath
    ? scratch.use(mountSubpath(subpathsDirectory(context.roots.bundles), directory, request.subpath)).path
    : directory;
  return { source, destination, type: 'bind', options };
}

/** Throws `invalid` for a folder of the host that has to be there and is not. */
export function checkBindSources({ mounts }: ContainerRecord): void {
  for (const { request, point } of mounts)
    if (point.type === 'bind' && !request.createSource) checkBindSource(point.source);
}

function checkBindSource(source: string): void {
  if (!statSync(source, { throwIfNoEntry: false }))
    throw invalid(`invalid mount config for type "bind": bind source path does not exist: ${source}`);
}

/** Gives back the volumes of a run that is over. */
export async function releaseMounts(context: Context, record: ContainerRecord): Promise<void> {
  for (const mount of record.mounts)
    if (mount.point.type === 'volume') await releaseVolume(context, record, mount);
}

async function releaseVolume(
  context: Context,
  record: ContainerRecord,
  mount: ContainerMount,
): Promise<void> {
  await context.volumes.release(mount.point.name ?? '', record.id);
  tellVolume(context, record, mount, 'unmount');
}

function tellVolume(
  context: Context,
  record: ContainerRecord,
  { point }: ContainerMount,
  action: 'mount' | 'unmount',
): void {
  const attributes = { driver: point.driver ?? 'local', container: record.id };
  const place = {
    destination: point.destination,
    'read/write': String(point.rw),
    propagation: point.propagation,
  };
  context.events.publish({
    type: 'volume',
    action,
    actorId: point.name ?? '',
    attributes: action === 'mount' ? { ...attributes, ...place } : attributes,
  });
}

function bindOptions(request: MountRequest, propagation: string): string[] {
  return [
    request.nonRecursive ? 'bind' : 'rbind',
    propagation || 'rprivate',
    ...(request.readOnly ? [request.readOnlyNonRecursive ? 'ro' : readOnlyWord] : []),
  ];
}

/** With what is mounted below it, as Docker does since 25, where the kernel can (5.12). */
const readOnlyWord = (() => {
  const [major = 0, minor = 0] = release().split('.').map(Number.parseFloat);
  return major > 5 || (major === 5 && minor >= 12) ? 'rro' : 'ro';
})();

/** Docker's defaults, but for those that the user contradicts: not with all runtimes the last word wins. */
function tmpfsOptions(request: MountRequest): string[] {
  const own = request.tmpfsOptions?.split(',').filter(Boolean) ?? [];
  return [
    ...['noexec', 'nosuid', 'nodev'].filter((flag) => !own.includes(flag.slice('no'.length))),
    ...own,
    ...(request.readOnly ? ['ro'] : []),
    ...(request.tmpfsSize ? [`size=${request.tmpfsSize}`] : []),
    ...(request.tmpfsMode === undefined ? [] : [`mode=${request.tmpfsMode.toString(8)}`]),
  ];
}

function makeMissing(source: string): void {
  if (!statSync(source, { throwIfNoEntry: false })) mkdirSync(source, { recursive: true, mode: 0o755 });
}
