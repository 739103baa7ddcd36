import { abortable } from '../lib/abortable.ts';
import type { Report } from './context.ts';
import type { TransferProgress } from './types.ts';

interface Flight<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  readonly passengers: Set<Report>;
  /** The last word on each line, for those who join later. */
  readonly board: Map<string, TransferProgress>;
}

/**
 * Equal work that several ask for at the same time is done once: all see its progress and its result. It is aborted when the
 * last one who waits for it gives up.
 */
export class Flights<T> {
  private readonly flights = new Map<string, Flight<T>>();

  async join(
    key: string,
    work: (report: Report, signal: AbortSignal) => Promise<T>,
    options: { signal?: AbortSignal | undefined; onProgress?: Report | undefined },
  ): Promise<T> {
    options.signal?.throwIfAborted();
    const flight = this.flights.get(key) ?? this.depart(key, work);
    const passenger: Report = (progress) => options.onProgress?.(progress);
    for (const progress of flight.board.values()) passenger(progress);
    flight.passengers.add(passenger);
    try {
      return await abortable(flight.result, options.signal);
    } finally {
      flight.passengers.delete(passenger);
      if (flight.passengers.size === 0) {
        this.forget(key, flight);
        flight.stop.abort();
      }
    }
  }

  private depart(key: string, work: (report: Report, signal: AbortSignal) => Promise<T>): Flight<T> {
    const stop = new AbortController();
    const passengers = new Set<Report>();
    const board = new Map<string, TransferProgress>();
    const report: Report = (progress) => {
      board.set(progress.id ?? progress.status, progress);
      for (const passenger of passengers) passenger(progress);
    };
    const result = Promise.resolve().then(() => work(report, stop.signal));
    const flight = { result, stop, passengers, board };
    this.flights.set(key, flight);
    const forget = (): void => this.forget(key, flight);
    result.then(forget, forget);
    return flight;
  }

  private forget(key: string, flight: Flight<T>): void {
    if (this.flights.get(key) === flight) this.flights.delete(key);
  }
}
