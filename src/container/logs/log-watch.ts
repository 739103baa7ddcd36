import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';

const POLL_MILLISECONDS = 200;

/** One reader's way to learn that a log may have grown. */
export class LogWatch implements Disposable {
  /** Called before the oldest segments of the log are deleted, with their number. */
  onDrop: ((oldest: number) => void) | undefined;
  private readonly close: (watch: LogWatch) => void;
  private isDirty = true;
  private wake: (() => void) | undefined;

  constructor(close: (watch: LogWatch) => void) {
    this.close = close;
  }

  /** Says that there may be something to read. */
  notify(): void {
    this.isDirty = true;
    this.wake?.();
  }

  /** Resolves when something may have come since it resolved last, or when the signal aborts. */
  async changed(signal?: AbortSignal): Promise<void> {
    if (!this.isDirty && !signal?.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.wake = resolve;
      signal?.addEventListener('abort', resolve as () => void);
      await promise;
      signal?.removeEventListener('abort', resolve as () => void);
      this.wake = undefined;
    }
    this.isDirty = false;
  }

  [Symbol.dispose](): void {
    this.close(this);
  }
}

interface WatchedDirectory {
  readonly readers: Set<LogWatch>;
  readonly stop: () => void;
}

/** Watches the directories of logs that are followed (inotify), each once, and only while somebody reads. */
export class LogWatches {
  private readonly directories = new Map<string, WatchedDirectory>();

  open(log: string): LogWatch {
    const path = dirname(log);
    const directory = this.directories.get(path) ?? this.watchDirectory(path);
    const reader = new LogWatch((closed) => {
      if (!directory.readers.delete(closed) || directory.readers.size > 0) return;
      directory.stop();
      this.directories.delete(path);
    });
    directory.readers.add(reader);
    return reader;
  }

  /** Tells the readers of a log that its oldest segments are about to be deleted. */
  tellDrop(log: string, oldest: number): void {
    for (const reader of this.directories.get(dirname(log))?.readers ?? []) reader.onDrop?.(oldest);
  }

  private watchDirectory(path: string): WatchedDirectory {
    const readers = new Set<LogWatch>();
    const stop = onChange(path, () => {
      for (const reader of readers) reader.notify();
    });
    const directory = { readers, stop };
    this.directories.set(path, directory);
    return directory;
  }
}

/** Where the kernel gives no more watches, looks again and again. */
function onChange(path: string, listener: () => void): () => void {
  const poll = (): (() => void) => {
    const timer = setInterval(listener, POLL_MILLISECONDS);
    return () => clearInterval(timer);
  };
  let watcher: FSWatcher;
  try {
    watcher = watch(path, listener);
  } catch {
    return poll();
  }
  let stop = (): void => watcher.close();
  watcher.on('error', () => {
    watcher.close();
    stop = poll();
  });
  return () => stop();
}
