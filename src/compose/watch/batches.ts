interface BatchOptions {
  /** Milliseconds without another path after which one is handled. */
  readonly quietFor: (path: string) => number;
}

/**
 * Collects paths until no more come for a while: as long as the most patient of them wants, but never longer than ten times that.
 * While a batch is at work the next one collects.
 */
export class Batches {
  private readonly options: BatchOptions;
  private paths = new Set<string>();
  private quiet = 0;
  private since = 0;
  private timer: NodeJS.Timeout | undefined;
  private ready = Promise.withResolvers<void>();
  private ended = false;

  constructor(options: BatchOptions) {
    this.options = options;
  }

  add(path: string): void {
    const now = Date.now();
    if (this.paths.size === 0) this.since = now;
    this.paths.add(path);
    this.quiet = Math.max(this.quiet, this.options.quietFor(path));
    clearTimeout(this.timer);
    const latest = this.since + 10 * this.quiet - now;
    this.timer = setTimeout(() => this.ready.resolve(), Math.max(0, Math.min(this.quiet, latest)));
  }

  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.ready.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly string[]> {
    for (;;) {
      await this.ready.promise;
      if (this.ended) return;
      const batch = [...this.paths];
      this.paths = new Set();
      this.quiet = 0;
      this.ready = Promise.withResolvers();
      yield batch;
    }
  }
}
