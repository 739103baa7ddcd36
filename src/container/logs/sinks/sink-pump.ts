import { setImmediate as breathe, setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import { parseRecords } from '../cri-record.ts';
import type { LogCursor } from '../log-cursor.ts';
import type { LogWatch } from '../log-watch.ts';
import type { LogSink, PlacedEntry } from './types.ts';

/** Milliseconds that writes are gathered for, and that a driver which fails is left alone. */
const GATHER = 20;
const RETRY = 500;

interface Parts {
  readonly cursor: LogCursor;
  readonly watch: LogWatch;
  readonly sink: LogSink;
  readonly logger: Logger;
}

/** Takes what comes into a log of record to a driver, until it is told that no more comes. */
export class SinkPump {
  /** Resolves when all is delivered, or given up. Never rejects. */
  readonly done: Promise<void>;
  /** Whether there is something that the driver has not got yet. */
  isBehind = true;
  private readonly parts: Parts;
  private readonly stopping = new AbortController();
  private isEnding = false;

  constructor(parts: Parts) {
    this.parts = parts;
    this.done = this.run();
  }

  /** No more comes; what is there is delivered. */
  end(): void {
    this.parts.cursor.seal();
    this.isEnding = true;
    this.parts.watch.notify();
  }

  /** Leaves it at what is delivered. */
  stop(): void {
    this.stopping.abort();
    this.parts.watch.notify();
  }

  private async run(): Promise<void> {
    const { cursor, watch, sink, logger } = this.parts;
    try {
      while (!this.stopping.signal.aborted) {
        await watch.changed(this.stopping.signal);
        const isLast = this.isEnding;
        if (!isLast) await delay(GATHER, undefined, { ref: false });
        this.isBehind = true;
        await this.drain();
        this.isBehind = false;
        if (isLast) break;
      }
    } catch (error) {
      logger.warn(`cannot feed a log driver: ${messageOf(error)}`);
    } finally {
      watch[Symbol.dispose]();
      cursor[Symbol.dispose]();
      sink.close();
    }
  }

  private async drain(): Promise<void> {
    const { cursor } = this.parts;
    for (let bytes = cursor.read(); bytes; bytes = cursor.read()) {
      await this.deliver(place(bytes, cursor));
      if (this.stopping.signal.aborted) return;
      await breathe();
    }
  }

  /** A service that is away for a while gets it when it is back. */
  private async deliver(batch: readonly PlacedEntry[]): Promise<void> {
    let left = batch;
    const { sink, logger } = this.parts;
    for (let tries = 0; left.length > 0 && !this.stopping.signal.aborted; tries += 1) {
      const sent = left;
      try {
        await sink.write(sent);
        left = [];
      } catch (error) {
        if (tries === 0) logger.warn(`a log driver fails and is tried again: ${messageOf(error)}`);
        await delay(RETRY, undefined, { ref: false });
      }
    }
  }
}

/** The entries of whole records that a cursor just read, each with the place behind it. */
function place(bytes: Buffer, cursor: LogCursor): PlacedEntry[] {
  const { inode, offset } = cursor.place ?? { inode: 0, offset: bytes.length };
  const start = offset - bytes.length;
  return parseRecords(bytes).map((entry) => {
    const end = entry.data.byteOffset - bytes.byteOffset + entry.data.length;
    const isWhole = bytes[end - 1] === 10 && entry.data.length > 0;
    return { entry, place: { inode, offset: start + end + (isWhole ? 0 : 1) } };
  });
}
