import { abortable } from './abortable.ts';

/** A lock per key: work on the same key runs one after the other in the order asked for, other keys are not held up. */
export class KeyedLock {
  private readonly tails = new Map<string, Promise<void>>();

  /** Runs `work` when all earlier work on `key` has ended, however it ended. `signal` ends the waiting; `work` sees to itself. */
  async run<T>(key: string, work: () => Promise<T>, options: { signal?: AbortSignal } = {}): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    const over = Promise.withResolvers<void>();
    const tail = before.then(() => over.promise);
    this.tails.set(key, tail);
    void tail.then(() => this.tails.get(key) === tail && this.tails.delete(key));
    try {
      await abortable(before, options.signal);
      return await work();
    } finally {
      over.resolve();
    }
  }
}
