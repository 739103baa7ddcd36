import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { internal } from '../../lib/errors.ts';
import { type CgroupHierarchy, readGroupFile } from './hierarchy.ts';

/** Freezing waits for processes in uninterruptible sleep; longer than this is reported. */
const patience = 10_000;

/** A version 1 freezer can miss a process that was just made, and never gets there; it finds it after having been let go. */
const attemptsInARow = 20;

/** Stops every process of a group where it is, and waits until the kernel says so. */
export async function freeze(cgroups: CgroupHierarchy, path: string): Promise<void> {
  const started = Date.now();
  for (let attempt = 1; Date.now() - started < patience; attempt += 1) {
    setFrozen(cgroups, path, true);
    if (isFrozen(cgroups, path)) return;
    if (cgroups.version === 1 && attempt % attemptsInARow === 0) setFrozen(cgroups, path, false);
    await delay(1);
  }
  setFrozen(cgroups, path, false);
  throw internal(`Cannot freeze ${path}: not all of its processes stopped within ${patience / 1000} s`);
}

/** Lets them run on. */
export function thaw(cgroups: CgroupHierarchy, path: string): void {
  setFrozen(cgroups, path, false);
}

export function isFrozen(cgroups: CgroupHierarchy, path: string): boolean {
  const directory = cgroups.directory(path, 'freezer');
  if (cgroups.version === 1) return readGroupFile(join(directory, 'freezer.state'))?.trim() === 'FROZEN';
  return /^frozen 1$/m.test(readGroupFile(join(directory, 'cgroup.events')) ?? '');
}

function setFrozen(cgroups: CgroupHierarchy, path: string, frozen: boolean): void {
  const directory = cgroups.directory(path, 'freezer');
  if (cgroups.version === 1) writeFileSync(join(directory, 'freezer.state'), frozen ? 'FROZEN' : 'THAWED');
  else writeFileSync(join(directory, 'cgroup.freeze'), frozen ? '1' : '0');
}
