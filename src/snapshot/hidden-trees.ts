import { close, constants, openSync } from 'node:fs';
import { attachMount, copyMount } from '../kernel/mount.ts';
import { hasCode } from '../lib/errors.ts';

/** Missing in Node's constants. */
const O_PATH = 0o10000000;

interface HiddenTree {
  /** The last one counts; earlier ones may have readers. */
  readonly fds: readonly number[];
  /** Whether the last one can be put into the table of mounts: another namespace's can't, and none can twice. */
  canAttach: boolean;
}

/** Mounted trees that are in no table of mounts of ours: each is held by a descriptor. */
export class HiddenTrees {
  private readonly trees = new Map<string, HiddenTree>();

  /** Where a hidden tree is to be found by this process, also by those who follow no symlink; undefined when it is not hidden. */
  pathOf(key: string): string | undefined {
    const tree = this.trees.get(key);
    return tree && `/proc/self/fd/${tree.fds.at(-1)}/.`;
  }

  /** Holds what is mounted at `path`, which may then be unmounted. False where the kernel can't (before Linux 5.2). */
  take(key: string, path: string): boolean {
    try {
      this.add(key, copyMount(path), true);
      return true;
    } catch (error) {
      if (hasCode(error, 'ENOSYS', 'EPERM')) return false;
      throw error;
    }
  }

  /** Holds a tree that is mounted elsewhere, unless it has gone meanwhile. */
  adopt(key: string, path: string): void {
    try {
      this.add(key, openSync(path, O_PATH | constants.O_DIRECTORY), false);
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ESRCH')) throw error;
    }
  }

  /** Puts a hidden tree back into the table. False when there is none that can. Who reads it by its path goes on. */
  show(key: string, target: string): boolean {
    const tree = this.trees.get(key);
    const fd = tree?.fds.at(-1);
    if (!tree?.canAttach || fd === undefined) return false;
    attachMount(fd, target);
    tree.canAttach = false;
    return true;
  }

  /** Lets go of it. The last user of an overlay waits for the disk, so that is a thread of the pool. */
  drop(key: string): void {
    const tree = this.trees.get(key);
    this.trees.delete(key);
    for (const fd of tree?.fds ?? []) close(fd);
  }

  dropAll(): void {
    for (const key of this.trees.keys()) this.drop(key);
  }

  private add(key: string, fd: number, canAttach: boolean): void {
    this.trees.set(key, { fds: [...(this.trees.get(key)?.fds ?? []), fd], canAttach });
  }
}
