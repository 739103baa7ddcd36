import { statSync } from 'node:fs';
import { posix } from 'node:path';
import { invalid } from '../../lib/errors.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { ContainerStore } from '../container-store.ts';
import type { ContainerSpec, MountRequest } from '../types.ts';
import { checkTmpfsOptions } from './tmpfs-options.ts';

/**
 * All mounts of a new container, one per destination: those of `--volumes-from`, over them its own, and anonymous volumes for the
 * rest of the image's VOLUMEs. Throws with Docker's texts.
 */
export function planMounts(store: ContainerStore, spec: ContainerSpec): MountRequest[] {
  const plan = new Map<string, MountRequest>();
  for (const text of spec.volumesFrom)
    for (const mount of inherited(store, text)) plan.set(mount.target, mount);
  const own = new Set<string>();
  for (const request of spec.mounts) {
    const mount = { ...request, target: checkTarget(request.type, request.target) };
    if (own.has(mount.target)) throw invalid(`Duplicate mount point: ${mount.target}`);
    own.add(mount.target);
    checkSource(mount);
    plan.set(mount.target, mount);
  }
  for (const path of spec.volumes) {
    const target = checkTarget('volume', path);
    if (!plan.has(target)) plan.set(target, { ...anonymousVolume, target });
  }
  return [...plan.values()];
}

const anonymousVolume = { type: 'volume', source: '', readOnly: false, origin: 'image' } as const;

function inherited(store: ContainerStore, text: string): MountRequest[] {
  if (text === '') throw invalid('volumes-from specification cannot be an empty string');
  const [name = '', mode = 'rw'] = text.split(':');
  if (!/^(rw|ro|z|Z|rw,z|ro,z|rw,Z|ro,Z)$/.test(mode)) throw invalid(`invalid mode: ${mode}`);
  const other = store.find(name);
  if (!other) throw invalid(`No such container: ${name}`); // 404 would tell that the image is missing
  return volumesOf(other).map((mount) => ({ ...mount, readOnly: mount.readOnly || mode.startsWith('ro') }));
}

function volumesOf(other: ContainerRecord): MountRequest[] {
  return other.mounts
    .filter(({ point }) => point.type !== 'tmpfs')
    .map(({ request, point }) => ({
      type: point.type,
      source: point.name ?? point.source,
      target: point.destination,
      readOnly: !point.rw,
      noCopy: true,
      origin: 'volumes-from',
      ...(request.propagation !== undefined && { propagation: request.propagation }),
      ...(request.subpath !== undefined && { subpath: request.subpath }),
    }));
}

/** Whether a relative path stays below where it starts, as it is written. */
function isInside(path: string): boolean {
  const clean = posix.normalize(path);
  return !posix.isAbsolute(path) && clean !== '..' && !clean.startsWith('../');
}

function checkTarget(type: MountRequest['type'], target: string): string {
  if (!posix.isAbsolute(target))
    throw invalid(
      `invalid mount config for type "${type}": invalid mount path: '${target}' mount path must be absolute`,
    );
  const clean = posix.resolve(target);
  if (clean === '/')
    throw invalid(`invalid mount config for type "${type}": invalid specification: destination can't be '/'`);
  return clean;
}

function checkSource(mount: MountRequest): void {
  if (mount.tmpfsOptions) checkTmpfsOptions(mount.tmpfsOptions, mount.origin);
  if (mount.subpath !== undefined && !isInside(mount.subpath))
    throw invalid(
      `invalid mount config for type "${mount.type}": subpath must be a relative path within the volume`,
    );
  if (mount.type !== 'bind') return;
  const fail = (text: string): Error => invalid(`invalid mount config for type "bind": ${text}`);
  if (mount.source === '') throw fail('field Source must not be empty');
  if (!posix.isAbsolute(mount.source))
    throw fail(`invalid mount path: '${mount.source}' mount path must be absolute`);
  if (mount.propagation && !/^r?(private|shared|slave)$/.test(mount.propagation))
    throw fail(`invalid propagation mode: ${mount.propagation}`);
  if (!mount.createSource && !statSync(mount.source, { throwIfNoEntry: false }))
    throw fail(`bind source path does not exist: ${mount.source}`);
}
