import type { LogEntry } from '../../types.ts';
import type { PacketLine } from './packet-line.ts';
import type { SinkPlace } from './sink-place.ts';
import type { LogPlace } from '../log-cursor.ts';
import { isBefore, type LogSink, type PlacedEntry } from './types.ts';

/** A log service that takes one message per record. After the death of the engine the last batch may come twice, never is one missing. */
export class MessageSink implements LogSink {
  private readonly open: () => Promise<PacketLine>;
  private readonly format: (entry: LogEntry) => Buffer;
  private readonly place: SinkPlace;
  private line: PacketLine | undefined;
  private delivered: LogPlace | undefined;

  constructor(open: () => Promise<PacketLine>, format: (entry: LogEntry) => Buffer, place: SinkPlace) {
    this.open = open;
    this.format = format;
    this.place = place;
  }

  async write(batch: readonly PlacedEntry[]): Promise<void> {
    for (const { entry, place } of batch) {
      if (isBefore(place, this.delivered)) continue;
      try {
        this.line ??= await this.open();
        await this.line.send(this.format(entry));
      } catch (error) {
        this.line?.close();
        this.line = undefined;
        throw error;
      }
      this.place.commit({ source: place });
      this.delivered = place;
    }
  }

  close(): void {
    this.line?.close();
    this.place.close();
  }
}
