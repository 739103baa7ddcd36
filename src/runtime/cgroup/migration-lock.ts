import { close, open, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CgroupHierarchy, readGroupFile } from './hierarchy.ts';

const opened = promisify(open);
const written = promisify(write);

/** A grace period, and so the lock's memory, is two to four ticks of the kernel: 8 ms at the least with 250 a second. */
const renewal = 6;

/**
 * Moving a process into a group takes a kernel lock (cgroup_threadgroup_rwsem) for which the kernel waits a grace period, 8 to 15 ms,
 * unless somebody took it a moment ago. Every start of a container and every exec moves a process. Who knows that one is coming
 * takes the lock beforehand, beside other work, by moving this process to where it is.
 */
export class MigrationLock {
  private readonly file: string;
  private readonly pid = Buffer.from(String(process.pid));
  private until = 0;
  private isKept = false;

  constructor(cgroups: CgroupHierarchy) {
    this.file = join(ownGroup(cgroups), 'cgroup.procs');
  }

  /** Sees to it that moves are quick for the coming milliseconds. Never fails; where it can't be done, moves take their time. */
  keepWarm(milliseconds: number): void {
    this.until = Math.max(this.until, performance.now() + milliseconds);
    if (this.isKept) return;
    this.isKept = true;
    void this.keep()
      .catch(() => {})
      .finally(() => (this.isKept = false));
  }

  private async keep(): Promise<void> {
    const fd = await opened(this.file, 'w');
    try {
      while (performance.now() < this.until) {
        await written(fd, this.pid);
        await new Promise((resolve) => setTimeout(resolve, renewal).unref());
      }
    } finally {
      close(fd);
    }
  }
}

/** The directory of the group that this process is in; in version 1, under any of the controllers. */
function ownGroup(cgroups: CgroupHierarchy): string {
  const lines = (readGroupFile('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'));
  const mine = cgroups.version === 2 ? '' : 'freezer';
  const line = lines.find(([, controllers]) => controllers === mine);
  return cgroups.directory(line?.slice(2).join(':') ?? '/', mine);
}
