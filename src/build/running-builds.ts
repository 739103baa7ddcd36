import { EngineError } from '../lib/errors.ts';

/** The builds under way, so that an engine that stops can end them in order. */
export class RunningBuilds {
  private readonly stop = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const both = signal ? AbortSignal.any([signal, this.stop.signal]) : this.stop.signal;
    const build = work(both);
    this.running.add(build);
    const forget = (): void => void this.running.delete(build);
    build.then(forget, forget);
    return build;
  }

  async close(): Promise<void> {
    this.stop.abort(new EngineError('cancelled', 'the engine stops'));
    await Promise.allSettled(this.running);
  }
}
