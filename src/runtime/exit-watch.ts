import { type FSWatcher, watch } from 'node:fs';
import type { Pidfd } from '../kernel/pidfd.ts';

interface Watched {
  readonly monitor: Pidfd | undefined;
  /** True once the exit was found. */
  readonly check: (monitorEnded: boolean) => boolean;
}

/** How often monitors are looked at that are not our children. The directory watch is faster; this is for those that were killed. */
const interval = 1000;

/**
 * Notices the end of containers whose conmon is not our child, after a restart of the engine: by the exit directory, and by looking
 * at their conmons from time to time. Holds nothing while there are none.
 */
export class ExitWatch {
  private readonly directory: string;
  private readonly watched = new Map<string, Watched>();
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Calls `check` when the exit file of `id` may be there, and regularly with true once its monitor has ended, until it says true. */
  add(id: string, monitor: Pidfd | undefined, check: (monitorEnded: boolean) => boolean): void {
    this.watched.set(id, { monitor, check });
    this.watcher ??= this.watchDirectory();
    this.timer ??= setInterval(() => this.lookAtMonitors(), interval).unref();
    this.look(id, false);
  }

  remove(id: string): void {
    this.watched.get(id)?.monitor?.close();
    this.watched.delete(id);
    if (this.watched.size === 0) this.close();
  }

  close(): void {
    this.watcher?.close();
    this.watcher = undefined;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private watchDirectory(): FSWatcher {
    const watcher = watch(this.directory, { persistent: false }, (_event, name) => {
      if (name !== null && this.watched.has(name)) this.look(name, false);
    });
    // Without the watch the timer still finds every exit.
    return watcher.on('error', () => watcher.close());
  }

  private lookAtMonitors(): void {
    for (const [id, { monitor }] of this.watched) this.look(id, monitor?.ended ?? true);
  }

  private look(id: string, monitorEnded: boolean): void {
    if (this.watched.get(id)?.check(monitorEnded)) this.remove(id);
  }
}
