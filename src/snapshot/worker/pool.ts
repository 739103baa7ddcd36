import { Worker, type Transferable } from 'node:worker_threads';
import { releaseFreeMemory } from '../../kernel/memory.ts';
import { EngineError, internal, type ErrorKind } from '../../lib/errors.ts';
import type { JobArguments, JobName, JobResult } from './jobs.ts';

/** What a worker answers to a job. */
export type Answer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly kind: ErrorKind; readonly message: string };

interface Lane {
  readonly worker: Worker;
  idleTimer: NodeJS.Timeout | undefined;
}

const MAX_LANES = 32;
const IDLE_MS = 5000;
/** A thread takes a moment to end. */
const RELEASE_MS = 200;

/**
 * Threads for work that waits or computes: one job at a time each. They are made when there is work and end when there was none for
 * some seconds, so that an idle engine stays small.
 */
export class WorkerPool {
  private readonly idle: Lane[] = [];
  private readonly lanes = new Set<Lane>();
  private readonly waiting: (() => void)[] = [];

  async run<N extends JobName>(
    name: N,
    args: JobArguments<N>,
    transfer: readonly Transferable[] = [],
  ): Promise<JobResult<N>> {
    const lane = await this.acquire();
    try {
      return (await ask(lane.worker, { name, args }, transfer)) as JobResult<N>;
    } finally {
      this.release(lane);
    }
  }

  /** Ends idle threads at once; those at work end when their job does. */
  close(): void {
    for (const lane of this.idle.splice(0)) this.end(lane);
  }

  private async acquire(): Promise<Lane> {
    const lane = this.idle.pop();
    if (lane) {
      clearTimeout(lane.idleTimer);
      lane.worker.ref();
      return lane;
    }
    if (this.lanes.size >= MAX_LANES) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
      return this.acquire();
    }
    return this.start();
  }

  private start(): Lane {
    const worker = new Worker(new URL('./main.ts', import.meta.url), { trackUnmanagedFds: false });
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
    this.lanes.delete(lane);
    const index = this.idle.indexOf(lane);
    if (index >= 0) this.idle.splice(index, 1);
    this.waiting.shift()?.();
    if (this.lanes.size === 0) setTimeout(releaseFreeMemory, RELEASE_MS).unref();
  }
}

function ask(worker: Worker, question: unknown, transfer: readonly Transferable[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
    };
    const onMessage = (answer: Answer): void => {
      done();
      if (answer.ok) resolve(answer.result);
      else reject(new EngineError(answer.kind, answer.message));
    };
    const onError = (error: unknown): void => {
      done();
      reject(internal('A worker thread failed', error));
    };
    const onExit = (code: number): void => {
      done();
      reject(internal(`A worker thread ended with ${code}`));
    };
    worker.once('message', onMessage);
    worker.once('error', onError);
    worker.once('exit', onExit);
    worker.postMessage(question, transfer);
  });
}
