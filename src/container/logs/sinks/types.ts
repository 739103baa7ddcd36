import type { LogEntry } from '../../types.ts';
import type { LogPlace } from '../log-cursor.ts';

/** A record, and the place in the log of record behind it. */
export interface PlacedEntry {
  readonly entry: LogEntry;
  readonly place: LogPlace;
}

/** Whether a record was delivered when all up to `done` were. */
export const isBefore = (place: LogPlace, done: LogPlace | undefined): boolean =>
  done !== undefined && place.inode === done.inode && place.offset <= done.offset;

/** Where a log driver takes the records of a container to. Each driver keeps in a `SinkPlace` how far it got. */
export interface LogSink {
  /** Resolves when the driver has the records and this is kept. A rejected batch is offered again: what it has already, it leaves out. */
  write(batch: readonly PlacedEntry[]): Promise<void>;
  close(): void;
}
