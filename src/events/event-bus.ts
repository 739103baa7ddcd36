import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { migrate } from '../lib/database.ts';
import { EventLog } from './event-log.ts';
import { wallClockNanos } from './clock.ts';
import type { EngineEvent, EventBus, NewEvent } from './types.ts';

const PAGE = 256;
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * The event bus on the engine's database. A reader follows the kept events by their time and is only woken for new ones, so a
 * slow reader costs no memory.
 */
export function openEventBus(options: { database: DatabaseSync }): EventBus {
  migrate(options.database, 'events', EventLog.migrations);
  return new KeptEventBus(new EventLog(options.database));
}

class KeptEventBus implements EventBus {
  private readonly log: EventLog;
  private readonly listeners = new Set<(event: EngineEvent) => void>();
  private readonly wakers = new Set<() => void>();
  private last: bigint;

  constructor(log: EventLog) {
    this.log = log;
    this.last = log.newest();
  }

  publish({ passing = false, ...event }: NewEvent): EngineEvent {
    const now = wallClockNanos();
    this.last = now > this.last ? now : this.last + 1n;
    const kept: EngineEvent = { ...event, timeNano: this.last };
    this.log.append(kept, passing);
    for (const listener of this.listeners) listener(kept);
    for (const wake of this.wakers) wake();
    return kept;
  }

  listen(listener: (event: EngineEvent) => void): () => void {
    const mine = (event: EngineEvent): void => listener(event);
    this.listeners.add(mine);
    return () => void this.listeners.delete(mine);
  }

  /** The place to read from is taken at the call, not at the first `next`: nothing published in between is missed. */
  read(options: { since?: bigint; until?: bigint; signal: AbortSignal }): AsyncIterable<EngineEvent> {
    const after = options.since === undefined ? this.last : options.since - 1n;
    return this.follow(after, options.until, options.signal);
  }

  private async *follow(
    after: bigint,
    until: bigint | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<EngineEvent> {
    let position = after;
    while (!signal.aborted) {
      const page = this.log.page(position, until, PAGE);
      for (const event of page) {
        if (signal.aborted) return;
        position = event.timeNano;
        yield event;
      }
      if (page.length > 0) {
        await turn(); // who reads years must not hold up the others
        continue;
      }
      position = position > this.last ? position : this.last; // what is newer lies after `until`
      if (until !== undefined && wallClockNanos() > until) return;
      await this.news(until, signal);
    }
  }

  /** Resolves at the next event, when `until` is reached, or when the signal aborts. */
  private news(until: bigint | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = until === undefined ? undefined : setTimeout(done, millisecondsTo(until));
      const wakers = this.wakers;
      function done(): void {
        clearTimeout(timer);
        wakers.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      }
      wakers.add(done);
      signal.addEventListener('abort', done);
    });
  }
}

function millisecondsTo(until: bigint): number {
  const milliseconds = Number((until - wallClockNanos()) / 1_000_000n) + 1;
  return Math.min(Math.max(milliseconds, 0), LONGEST_TIMER);
}
