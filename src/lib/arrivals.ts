/** Things that others wait for by name: each who waits is told once, or gives up after a while. */
export class Arrivals<T> {
  private readonly waiting = new Map<string, Set<(thing: T) => void>>();

  /** Tells those who wait. */
  arrived(name: string, thing: T): void {
    for (const tell of this.waiting.get(name) ?? []) tell(thing);
  }

  /** Waits for the next thing of this name; undefined when none came in time. Throws what aborts `signal`. */
  async wait(name: string, patience: number, signal: AbortSignal): Promise<T | undefined> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
    const waiting = this.waiting.get(name) ?? new Set();
    this.waiting.set(name, waiting.add(resolve));
    const late = setTimeout(() => resolve(undefined), patience);
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', abort);
      waiting.delete(resolve);
      if (waiting.size === 0) this.waiting.delete(name);
    }
  }

  /** Names that somebody waits for. */
  get size(): number {
    return this.waiting.size;
  }
}
