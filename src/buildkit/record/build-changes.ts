import type { HistoryEvent } from '../control/history.ts';

/** Tells those who wait of builds that begin, end and are forgotten. */
export class BuildChanges {
  private readonly listeners = new Set<(event: HistoryEvent) => void>();

  tell(event: HistoryEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  /** Begins to listen at once; ends when `signal` aborts. */
  listen(signal: AbortSignal): AsyncIterable<HistoryEvent> {
    const events: HistoryEvent[] = [];
    let wake = (): void => {};
    const listener = (event: HistoryEvent): void => {
      if (events.length < MOST_WAITING) events.push(event);
      wake();
    };
    const stop = (): void => {
      this.listeners.delete(listener);
      wake();
    };
    this.listeners.add(listener);
    signal.addEventListener('abort', stop, { once: true });
    return (async function* () {
      for (;;) {
        for (let event = events.shift(); event; event = events.shift()) yield event;
        if (signal.aborted) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    })();
  }
}

/** Events that are kept for a client that does not read. */
const MOST_WAITING = 10_000;
