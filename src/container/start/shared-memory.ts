import { mkdirSync } from 'node:fs';
import { MS, mount, unmount } from '../../kernel/mount.ts';
import { hasCode } from '../../lib/errors.ts';
import type { MountSpec } from '../../runtime/types.ts';
import type { ContainerRecord } from '../container-record.ts';
import { type Context, pathsOf } from '../context.ts';

/**
 * /dev/shm of containers that share their IPC: a tmpfs on the host that the giving container and those that join it bind. Every other
 * container gets its own from the runtime.
 */
export function sharedMemoryMounts(
  context: Context,
  record: ContainerRecord,
  undo: AsyncDisposableStack,
): MountSpec[] {
  const { ipcMode, shmSize } = record.spec;
  const other = /^container:(.+)$/.exec(ipcMode)?.[1];
  if (other !== undefined) {
    const donor = context.store.get(other);
    return donor.spec.ipcMode === 'host' ? [bind('/dev/shm')] : [bind(pathsOf(context, donor).sharedMemory)];
  }
  if (ipcMode !== 'shareable') return [];
  const path = pathsOf(context, record).sharedMemory;
  mkdirSync(path, { recursive: true });
  mount('shm', path, 'tmpfs', MS.NOSUID | MS.NODEV | MS.NOEXEC, `mode=1777,size=${shmSize}`);
  undo.defer(() => releaseSharedMemory(context, record));
  return [bind(path)];
}

/** Idempotent. */
export function releaseSharedMemory(context: Context, record: ContainerRecord): void {
  if (record.spec.ipcMode !== 'shareable') return;
  try {
    unmount(pathsOf(context, record).sharedMemory);
  } catch (error) {
    if (!hasCode(error, 'EINVAL', 'ENOENT')) throw error;
  }
}

const bind = (source: string): MountSpec => ({
  source,
  destination: '/dev/shm',
  type: 'bind',
  options: ['rbind', 'rprivate'],
});
