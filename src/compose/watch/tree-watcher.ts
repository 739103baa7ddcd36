import { type FSWatcher, lstatSync, readdirSync, readFileSync, type Stats, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EngineError, hasCode } from '../../lib/errors.ts';

interface Watched {
  readonly watcher: FSWatcher;
  readonly inode: number;
  /** What was in it when it was last looked at. */
  readonly names: Set<string>;
}

interface TreeWatcherOptions {
  /** Directories that are not looked into. */
  readonly skips: (directory: string) => boolean;
  /** Told of every path below a watched one that was made, written, renamed or removed, maybe several times. */
  readonly onChange: (path: string) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Watches files and directory trees by inotify, a watch for each directory: files are seen through theirs, so that one which an editor
 * replaces by another is seen, too. What does not exist yet is waited for in the nearest directory above it.
 */
export class TreeWatcher implements Disposable {
  private readonly options: TreeWatcherOptions;
  private readonly roots = new Set<string>();
  private readonly watches = new Map<string, Watched>();
  private closed = false;
  /** Events that came at once, and when those before them had been seen. */
  private events = 0;
  private seenAt = Date.now();

  constructor(options: TreeWatcherOptions) {
    this.options = options;
  }

  /** Watches a path from now on. Throws where the limits of the system are reached. */
  add(path: string): void {
    this.roots.add(path);
    this.reach(path);
  }

  [Symbol.dispose](): void {
    this.closed = true;
    for (const { watcher } of this.watches.values()) watcher.close();
    this.watches.clear();
  }

  /** Watches what there is of a root: itself, its directory if it is a file, or the nearest directory above. */
  private reach(root: string): void {
    if (statOf(root)?.isDirectory()) return this.enter(root, false);
    for (let above = dirname(root); ; above = dirname(above))
      if (statOf(above)?.isDirectory()) return this.watchOne(above);
  }

  /** Watches a directory with all below it; `announce` tells of everything in it, which may have been made before the watch was. */
  private enter(directory: string, announce: boolean): void {
    this.watchOne(directory);
    for (const entry of readEntries(directory)) {
      const path = join(directory, entry.name);
      const skipped = entry.isDirectory() && this.options.skips(path);
      if (announce && !skipped) this.options.onChange(path);
      if (entry.isDirectory() && !skipped) this.enter(path, announce);
    }
  }

  private watchOne(directory: string): void {
    const stats = statOf(directory);
    const known = this.watches.get(directory);
    if (!stats || known?.inode === stats.ino) return;
    if (known) this.leave(directory);
    try {
      const watcher = watch(directory, (_event, name) => {
        this.count();
        this.seen(directory, name);
      });
      watcher.on('error', this.options.onError);
      const names = new Set(readEntries(directory).map(({ name }) => name));
      this.watches.set(directory, { watcher, inode: stats.ino, names });
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'EACCES')) return; // gone again, or none of our business
      throw asLimit(directory, error);
    }
  }

  /** Forgets a directory that is gone, with all below it; roots that went with it are told. */
  private leave(directory: string): void {
    for (const [path, { watcher }] of this.watches) {
      if (path !== directory && !path.startsWith(`${directory}/`)) continue;
      watcher.close();
      this.watches.delete(path);
      for (const root of this.roots) if (root === path || dirname(root) === path) this.options.onChange(root);
    }
  }

  /** The kernel drops what its queue does not hold, and Node does not tell: more at once than half of it is looked up in the files. */
  private count(): void {
    if (this.events++ > 0) return;
    setImmediate(() => {
      const [count, before] = [this.events, this.seenAt];
      this.events = 0;
      this.seenAt = Date.now();
      if (count > QUEUE / 2) this.lookAgain(before);
    });
  }

  /** Tells of what came, went or was changed since a time. */
  private lookAgain(since: number): void {
    for (const [directory, { names }] of this.watches) {
      const there = new Set(readEntries(directory).map(({ name }) => name));
      const isChanged = (name: string): boolean =>
        !names.has(name) || (statOf(join(directory, name))?.ctimeMs ?? Infinity) > since - CLOCK_STEP;
      for (const name of names) if (!there.has(name)) this.seen(directory, name);
      for (const name of there) if (isChanged(name)) this.seen(directory, name);
    }
  }

  private seen(directory: string, name: string | null): void {
    if (this.closed || name === null) return;
    try {
      this.look(directory, join(directory, name));
    } catch (error) {
      this.options.onError(error);
    }
  }

  private look(directory: string, path: string): void {
    const stats = statOf(path);
    const names = this.watches.get(directory)?.names;
    if (stats) names?.add(basename(path));
    else names?.delete(basename(path));
    if (!stats && !statOf(directory)) return this.leave(directory); // told by the directory above
    const isWithin = [...this.roots].some((root) => path === root || path.startsWith(`${root}/`));
    if (isWithin) this.follow(path, stats);
    // a root or a directory on the way to one came or went
    else if ([...this.roots].some((root) => root.startsWith(`${path}/`))) this.reachAgain(path, stats);
  }

  private follow(path: string, stats: Stats | undefined): void {
    const known = this.watches.get(path);
    const isDirectory = stats?.isDirectory() ?? false;
    if (isDirectory && this.options.skips(path)) return;
    if (known && known.inode !== stats?.ino) this.leave(path);
    this.options.onChange(path);
    if (isDirectory && known?.inode !== stats?.ino) this.enter(path, true);
    if (!stats && this.roots.has(path)) this.reach(path);
  }

  private reachAgain(path: string, stats: Stats | undefined): void {
    if (!stats) this.leave(path);
    for (const root of this.roots) {
      if (!root.startsWith(`${path}/`)) continue;
      const isNew = !this.watches.has(root);
      this.reach(root);
      const found = statOf(root);
      if (!found || !isNew) continue;
      this.options.onChange(root);
      if (found.isDirectory()) this.enter(root, true);
    }
  }
}

const statOf = (path: string): Stats | undefined => {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, 'ENOTDIR', 'EACCES')) return undefined;
    throw error;
  }
};

function readEntries(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

/** The system's limits in words that say what to do. */
function asLimit(directory: string, error: unknown): unknown {
  const limit = hasCode(error, 'ENOSPC')
    ? { name: 'max_user_watches', what: 'watches', enough: 524_288 }
    : hasCode(error, 'EMFILE')
      ? { name: 'max_user_instances', what: 'instances', enough: 1024 }
      : undefined;
  if (!limit) return error;
  const current = settingOf(limit.name);
  const enough = Math.max(limit.enough, 2 * (Number(current) || 0));
  return new EngineError(
    'unavailable',
    `cannot watch ${directory}: this user has no more inotify ${limit.what} (fs.inotify.${limit.name} = ${current}). ` +
      `Allow more: sudo sysctl fs.inotify.${limit.name}=${enough}; or leave directories out by \`ignore\` or .dockerignore`,
    { cause: error },
  );
}

function settingOf(name: string): string {
  try {
    return readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

/** How many events the kernel keeps until they are read. */
const QUEUE = Number(settingOf('max_queued_events')) || 16_384;
/** Milliseconds by which the times of files may be behind the clock. */
const CLOCK_STEP = 100;
