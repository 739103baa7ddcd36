/** Lets at most `limit` pieces of work run at once; the others wait in their order. The limit may change meanwhile. */
export class Semaphore {
  private readonly limit: () => number;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(limit: number | (() => number)) {
    this.limit = typeof limit === 'number' ? () => limit : limit;
  }

  /** Whether work that is handed in now has to wait. */
  get isFull(): boolean {
    return this.running >= this.limit();
  }

  /** Runs `work` when its turn comes; throws without running it when `signal` aborts before. */
  async run<T>(work: () => Promise<T>, options: { signal?: AbortSignal } = {}): Promise<T> {
    if (this.isFull) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      options.signal?.throwIfAborted();
      return await work();
    } finally {
      this.running -= 1;
      while (!this.isFull && this.waiting.length > 0) {
        this.running += 1;
        this.waiting.shift()?.();
      }
    }
  }
}
