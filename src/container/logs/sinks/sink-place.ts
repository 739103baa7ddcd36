import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { LogPlace } from '../log-cursor.ts';

/** How far a driver got: the log of record up to `source` is in the driver's file up to `target`. */
export interface Progress {
  readonly source: LogPlace | undefined;
  /** The driver's own file, for those that have one. */
  readonly target?: LogPlace | undefined;
}

/** Every record has this length, so that one write replaces the one before. */
const LENGTH = 160;

/** The file that keeps a driver's progress: written at once, so that the death of the engine leaves the one or the other. */
export class SinkPlace {
  private readonly fd: number;

  constructor(path: string) {
    this.fd = openSync(path, 'a+', 0o600);
    closeSync(this.fd);
    this.fd = openSync(path, 'r+');
  }

  read(): Progress | undefined {
    const bytes = Buffer.alloc(LENGTH);
    if (readSync(this.fd, bytes, 0, LENGTH, 0) < LENGTH) return undefined;
    return JSON.parse(bytes.toString('latin1')) as Progress;
  }

  commit(progress: Progress): void {
    writeSync(this.fd, Buffer.from(JSON.stringify(progress).padEnd(LENGTH), 'latin1'), 0, LENGTH, 0);
  }

  close(): void {
    closeSync(this.fd);
  }
}
