import { parentPort, type Transferable, Worker } from 'node:worker_threads';
import { EngineError, type ErrorKind, internal, kindOf, messageOf } from './errors.ts';

/** Functions that a worker thread can do. Their argument and result are copied between threads: plain data only. */
// oxlint-disable-next-line typescript/no-explicit-any -- each job has an argument of its own
export type Jobs = Readonly<Record<string, (args: any) => unknown>>;

type Answer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly kind: ErrorKind; readonly message: string };

interface JobOptions {
  readonly signal?: AbortSignal;
  /** What of the argument is given away instead of copied. */
  readonly transfer?: readonly Transferable[];
}

interface Lane {
  readonly worker: Worker;
  idleTimer: NodeJS.Timeout | undefined;
}

const IDLE_MS = 5000;

/** The body of a worker thread's entry: answers one job after the other. */
export function serveJobs(jobs: Jobs): void {
  parentPort?.on('message', ({ name, args }: { name: string; args: unknown }) => {
    void answer(jobs, name, args).then((result) => parentPort?.postMessage(result));
  });
}

async function answer(jobs: Jobs, name: string, args: unknown): Promise<Answer> {
  try {
    return { ok: true, result: await jobs[name]?.(args) };
  } catch (error) {
    return { ok: false, kind: kindOf(error), message: messageOf(error) };
  }
}

/**
 * Threads for work that waits or computes: one job at a time each, at most `limit` at once. They are made when there is work and end
 * when there was none for some seconds, so that an idle engine stays small.
 */
export class WorkerPool<J extends Jobs> {
  private readonly entry: URL;
  private readonly limit: number;
  private readonly onEmpty: () => void;
  private readonly idle: Lane[] = [];
  private readonly lanes = new Set<Lane>();
  private readonly waiting: (() => void)[] = [];

  /** `onEmpty` is told when the last thread ends. */
  constructor(entry: URL, limit: number, options: { onEmpty?: () => void } = {}) {
    this.entry = entry;
    this.limit = limit;
    this.onEmpty = options.onEmpty ?? (() => {});
  }

  /** Runs a job; an abort ends its thread, in the middle of what it does. */
  async run<N extends keyof J & string>(
    name: N,
    args: Parameters<J[N]>[0],
    options: JobOptions = {},
  ): Promise<Awaited<ReturnType<J[N]>>> {
    const lane = await this.acquire();
    const stop = (): void => this.end(lane);
    try {
      options.signal?.throwIfAborted();
      options.signal?.addEventListener('abort', stop, { once: true });
      return (await ask(lane.worker, { name, args }, options)) as Awaited<ReturnType<J[N]>>;
    } finally {
      options.signal?.removeEventListener('abort', stop);
      this.release(lane);
    }
  }

  /** Ends idle threads at once; those at work end when their job does. */
  close(): void {
    for (const lane of this.idle.splice(0)) this.end(lane);
  }

  private async acquire(): Promise<Lane> {
    for (;;) {
      const lane = this.idle.pop();
      if (lane) {
        clearTimeout(lane.idleTimer);
        lane.worker.ref();
        return lane;
      }
      if (this.lanes.size < this.limit) return this.start();
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private start(): Lane {
    const worker = new Worker(this.entry, { trackUnmanagedFds: false });
    const lane: Lane = { worker, idleTimer: undefined };
    this.lanes.add(lane);
    worker.once('exit', () => this.forget(lane));
    worker.on('error', () => {}); // told to whoever asked
    return lane;
  }

  private release(lane: Lane): void {
    if (!this.lanes.has(lane)) return;
    lane.worker.unref();
    lane.idleTimer = setTimeout(() => this.end(lane), IDLE_MS).unref();
    this.idle.push(lane);
    this.waiting.shift()?.();
  }

  private end(lane: Lane): void {
    this.forget(lane);
    void lane.worker.terminate();
  }

  private forget(lane: Lane): void {
    clearTimeout(lane.idleTimer);
    if (!this.lanes.delete(lane)) return;
    const index = this.idle.indexOf(lane);
    if (index >= 0) this.idle.splice(index, 1);
    this.waiting.shift()?.();
    if (this.lanes.size === 0) this.onEmpty();
  }
}

function ask(worker: Worker, question: unknown, { signal, transfer }: JobOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      finish();
    };
    const onMessage = (reply: Answer): void =>
      settle(() => (reply.ok ? resolve(reply.result) : reject(new EngineError(reply.kind, reply.message))));
    const onError = (error: unknown): void => settle(() => reject(internal('A worker thread failed', error)));
    const onExit = (code: number): void =>
      settle(() => reject(signal?.aborted ? signal.reason : internal(`A worker thread ended with ${code}`)));
    worker.once('message', onMessage).once('error', onError).once('exit', onExit);
    worker.postMessage(question, transfer);
  });
}
