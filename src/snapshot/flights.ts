interface Flight<T> {
  readonly stop: AbortController;
  readonly result: Promise<T>;
  waiting: number;
}

/** Work in progress by key: equal calls share it. It is aborted when all who wait for it have given up. */
export class Flights<T> {
  private readonly flights = new Map<string, Flight<T>>();

  async join(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const flight = this.flights.get(key) ?? this.take(key, work);
    if (!signal) {
      flight.waiting += 1;
      return flight.result;
    }
    return this.wait(key, flight, signal);
  }

  /** Waits for a flight; who aborts as the last one waits until its work has cleaned up. */
  private async wait(key: string, flight: Flight<T>, signal: AbortSignal): Promise<T> {
    const { promise: left, reject } = Promise.withResolvers<never>();
    flight.waiting += 1;
    const leave = (): void => {
      flight.waiting -= 1;
      if (flight.waiting > 0) return reject(signal.reason);
      this.forget(key, flight);
      flight.stop.abort(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([flight.result, left]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  private take(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const stop = new AbortController();
    const flight: Flight<T> = { stop, waiting: 0, result: work(stop.signal) };
    this.flights.set(key, flight);
    void flight.result.catch(() => {}).finally(() => this.forget(key, flight));
    return flight;
  }

  private forget(key: string, flight: Flight<T>): void {
    if (this.flights.get(key) === flight) this.flights.delete(key);
  }
}
