import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../lib/errors.ts';
import { killProcess } from '../signal-process.ts';
import { type CgroupHierarchy, readGroupFile } from './hierarchy.ts';

/** Version 1 controllers by which a group's processes are found, the surest first. */
const trackers = ['freezer', 'pids', 'devices', 'memory', 'systemd'];

/** Host pids of all processes in a group and the groups below it. */
export function processesOf(cgroups: CgroupHierarchy, path: string): number[] {
  return [...processesBelow(trackingDirectory(cgroups, path))];
}

/** Kills every process of a group with SIGKILL, again and again until a look finds none. True when it is empty. */
export async function killAll(cgroups: CgroupHierarchy, path: string, timeout = 5000): Promise<boolean> {
  for (const started = Date.now(); Date.now() - started < timeout;) {
    const pids = processesOf(cgroups, path);
    if (pids.length === 0) return true;
    for (const pid of pids) killProcess(pid);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return false;
}

/** The kernel's number of processes of the group that it killed for lack of memory. */
export function oomKills(cgroups: CgroupHierarchy, path: string): number {
  const file = cgroups.version === 2 ? 'memory.events' : 'memory.oom_control';
  const text = readGroupFile(join(cgroups.directory(path, 'memory'), file)) ?? '';
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** Whether a process is in the group or one below it, by what the kernel says of it. */
export function isInGroup(pid: number, path: string): boolean {
  const groups = readGroupFile(`/proc/${pid}/cgroup`) ?? '';
  return groups.split('\n').some((line) => {
    const group = line.split(':').slice(2).join(':');
    return group.endsWith(path) || group.includes(`${path}/`);
  });
}

function trackingDirectory(cgroups: CgroupHierarchy, path: string): string {
  const candidates = trackers.map((controller) => cgroups.directory(path, controller));
  return candidates.find((directory) => existsSync(directory)) ?? cgroups.directory(path, 'freezer');
}

function* processesBelow(directory: string): Iterable<number> {
  const text = readGroupFile(join(directory, 'cgroup.procs'));
  if (text === undefined) return;
  for (const line of text.split('\n')) if (line) yield Number(line);
  for (const name of childGroups(directory)) yield* processesBelow(join(directory, name));
}

/** Names of the groups directly below one. */
export function childGroups(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
