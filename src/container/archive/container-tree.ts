import { closeSync, constants, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MS, mount, unmount } from '../../kernel/mount.ts';
import { hasCode, notFound } from '../../lib/errors.ts';
import { randomId } from '../../lib/id.ts';
import type { ContainerMount, ContainerRecord } from '../container-record.ts';
import { type Context } from '../context.ts';
import { resolveInRoot } from '../resolve-in-root.ts';
import { mountImage } from '../start/image-mounts.ts';
import { holdSubpath } from '../../volume/hold-subpath.ts';

/** The tree that a container sees, as a directory of the host, for as long as it is not disposed of. */
export interface ContainerTree extends AsyncDisposable {
  readonly root: string;
  /** Absolute paths below which there is nothing of the container's own: kernel file systems and memory. */
  readonly hidden: readonly string[];
}

const O_PATH = 0o10000000;
const kernelTrees = ['/proc', '/sys', '/dev'];

/**
 * A running container is seen through its init, with all that is mounted in it. Of one that does not run, the snapshot is mounted and
 * its volumes and binds on top of it, as a start would.
 */
export async function openTree(context: Context, record: ContainerRecord): Promise<ContainerTree> {
  const memory = record.mounts
    .filter(({ point }) => point.type === 'tmpfs')
    .map(({ point }) => point.destination);
  const hidden = [...kernelTrees, ...memory];
  const inside = openInside(record);
  if (inside !== undefined) {
    return {
      root: `/proc/self/fd/${inside}`,
      hidden,
      [Symbol.asyncDispose]: async () => closeSync(inside),
    };
  }
  await using undo = new AsyncDisposableStack();
  holdRootfs(context, record, undo);
  const root = context.snapshots.mount(record.id);
  for (const item of byDepth(record.mounts)) await bindMount(context, record, root, item, undo);
  const held = undo.move();
  return { root, hidden, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** The root directory as the container's init sees it. Between the init's death and the handling of its exit there is none. */
function openInside({ run }: ContainerRecord): number | undefined {
  if (!run) return undefined;
  try {
    return openSync(`/proc/${run.running.pid}/root`, O_PATH | constants.O_DIRECTORY);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

/** The merged root file system alone, without what is mounted in it. */
export function holdRootfs(context: Context, record: ContainerRecord, undo: AsyncDisposableStack): string {
  const { views } = context;
  if (!context.snapshots.has(record.id)) throw notFound(`No such container: ${record.id}`);
  const root = context.snapshots.treePath(record.id);
  views.set(record.id, (views.get(record.id) ?? 0) + 1);
  undo.defer(async () => {
    const left = (views.get(record.id) ?? 1) - 1;
    if (left > 0) return void views.set(record.id, left);
    views.delete(record.id);
    await context.locks.run(record.id, async () => {
      if (!record.run && !views.has(record.id)) context.snapshots.unmount(record.id);
    });
  });
  return root;
}

const byDepth = (mounts: readonly ContainerMount[]): ContainerMount[] =>
  mounts
    .filter(({ point }) => point.type !== 'tmpfs')
    .toSorted((left, right) => left.point.destination.length - right.point.destination.length);

async function bindMount(
  context: Context,
  record: ContainerRecord,
  root: string,
  { request, point }: ContainerMount,
  undo: AsyncDisposableStack,
): Promise<void> {
  const source = await sourceOf(context, record, { request, point }, undo);
  const stat = statSync(source, { throwIfNoEntry: false });
  if (!stat) return; // a bind whose source is gone: the container could not start either
  const target = placeFor(root, point.destination, stat.isDirectory());
  mount(source, target, '', MS.BIND);
  undo.defer(() => unmountIfThere(target));
  mount('', target, '', MS.PRIVATE);
  if (!point.rw) mount('', target, '', MS.BIND | MS.REMOUNT | MS.RDONLY);
}

/** A container that was removed meanwhile took its mounts along. */
function unmountIfThere(target: string): void {
  try {
    unmount(target);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EINVAL')) throw error;
  }
}

async function sourceOf(
  context: Context,
  record: ContainerRecord,
  { request, point }: Pick<ContainerMount, 'request' | 'point'>,
  undo: AsyncDisposableStack,
): Promise<string> {
  const { name } = point;
  if (point.type === 'image') {
    const { path } = undo.use(mountImage(context, record, { point }));
    return request.subpath ? undo.use(holdSubpath(path, request.subpath)).path : path;
  }
  if (name === undefined) return point.source;
  const user = `copy ${randomId()}`;
  const directory = await context.volumes.acquire(name, user);
  undo.defer(() => context.volumes.release(name, user));
  return request.subpath ? undo.use(holdSubpath(directory, request.subpath)).path : directory;
}

/** Where a mount goes, made when the image has nothing there. */
function placeFor(root: string, destination: string, isDirectory: boolean): string {
  const existing = resolveInRoot(root, destination);
  if (existing !== undefined) return existing;
  const parent = destination === '/' ? root : placeFor(root, dirname(destination), true);
  const path = `${parent}/${destination.slice(destination.lastIndexOf('/') + 1)}`;
  if (isDirectory) mkdirSync(path, { mode: 0o755 });
  else writeFileSync(path, '', { flag: 'wx', mode: 0o755 });
  return path;
}
