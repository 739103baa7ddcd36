import type { StatusResponse } from '../message-types.ts';

/** All that was told of one build. Who follows it gets what was told before, then the rest as it comes. */
export class BuildStatus {
  private readonly told: Partial<StatusResponse>[] = [];
  private ended = false;
  private readonly waiting = new Set<() => void>();

  tell(part: Partial<StatusResponse>): void {
    if (this.ended) return;
    this.told.push(part);
    this.wake();
  }

  get all(): readonly Partial<StatusResponse>[] {
    return this.told;
  }

  end(): void {
    this.ended = true;
    this.wake();
  }

  async *follow(signal: AbortSignal): AsyncGenerator<Partial<StatusResponse>> {
    for (let at = 0; ;) {
      while (at < this.told.length) yield this.told[at++] as Partial<StatusResponse>;
      if (this.ended || signal.aborted) return;
      await this.change(signal);
    }
  }

  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  private wake(): void {
    for (const tell of this.waiting) tell();
  }
}
