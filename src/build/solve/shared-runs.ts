import type { Digest } from '../../oci/digest.ts';
import type { OperationEvent } from './types.ts';

/** What is kept of what a step tells: events, and bytes of output. */
const MOST_TOLD = { events: 2000, bytes: 4 << 20 };

type Listener = (event: OperationEvent) => void;

interface SharedRun {
  readonly stop: AbortController;
  readonly listeners: Set<Listener>;
  /** What was told lately, for those who join later. */
  readonly told: OperationEvent[];
  result: Promise<Digest>;
  waiting: number;
}

/** Steps that run now, by key. Builds that need the same one share its run and its output; it is aborted when none wants it any more. */
export class SharedRuns {
  private readonly runs = new Map<string, SharedRun>();

  isRunning(key: string): boolean {
    return this.runs.has(key);
  }

  async join(
    key: string,
    listener: Listener,
    signal: AbortSignal,
    work: (signal: AbortSignal, tell: Listener) => Promise<Digest>,
  ): Promise<Digest> {
    signal.throwIfAborted();
    const run = this.runs.get(key) ?? this.begin(key, work);
    for (const event of run.told) listener(event);
    run.listeners.add(listener);
    run.waiting += 1;
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = (): void => {
      run.waiting -= 1;
      if (run.waiting > 0) reject(signal.reason);
      else this.abandon(key, run, signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([run.result, left]);
    } finally {
      signal.removeEventListener('abort', leave);
      run.listeners.delete(listener);
    }
  }

  private begin(key: string, work: (signal: AbortSignal, tell: Listener) => Promise<Digest>): SharedRun {
    const stop = new AbortController();
    const listeners = new Set<Listener>();
    const told: OperationEvent[] = [];
    let bytes = 0;
    const tell: Listener = (event) => {
      told.push(event);
      bytes += sizeOf(event);
      if (told.length > MOST_TOLD.events || bytes > MOST_TOLD.bytes)
        for (const old of told.splice(0, Math.ceil(told.length / 2))) bytes -= sizeOf(old);
      for (const listener of listeners) listener(event);
    };
    const run = { stop, listeners, told, waiting: 0, result: work(stop.signal, tell) };
    this.runs.set(key, run);
    const forget = (): void => this.forget(key, run);
    run.result.then(forget, forget);
    return run;
  }

  /** The last one has left; whoever comes now begins anew. It still waits until the run has cleaned up. */
  private abandon(key: string, run: SharedRun, reason: unknown): void {
    this.forget(key, run);
    run.stop.abort(reason);
  }

  private forget(key: string, run: SharedRun): void {
    if (this.runs.get(key) === run) this.runs.delete(key);
  }
}

const sizeOf = (event: OperationEvent): number => (event.type === 'output' ? event.data.length : 0);
