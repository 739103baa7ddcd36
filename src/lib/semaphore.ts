/** Lets at most `limit` pieces of work run at once; the others wait in their order. */
export class Semaphore {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.free = limit;
  }

  /** Whether work that is handed in now has to wait. */
  get isFull(): boolean {
    return this.free === 0;
  }

  /** Runs `work` when its turn comes; throws without running it when `signal` aborts before. */
  async run<T>(work: () => Promise<T>, options: { signal?: AbortSignal } = {}): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      options.signal?.throwIfAborted();
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
