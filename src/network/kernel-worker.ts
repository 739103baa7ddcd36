import { Worker } from 'node:worker_threads';
import { internal } from '../lib/errors.ts';
import type { Reply } from './worker/main.ts';
import type { RequestName, WorkerRequests, WorkerSettings } from './worker/protocol.ts';

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** The engine's side of the worker that makes all network calls. The thread starts with the first request. */
export class KernelWorker {
  private readonly settings: WorkerSettings;
  private readonly waiting = new Map<number, Waiting>();
  private worker: Worker | undefined;
  private closed = false;
  private number = 0;

  constructor(settings: WorkerSettings) {
    this.settings = settings;
  }

  request<Name extends RequestName>(
    name: Name,
    argument: WorkerRequests[Name]['argument'],
  ): Promise<WorkerRequests[Name]['answer']> {
    if (this.closed) return Promise.reject(internal('The networks of this engine are closed'));
    const worker = this.start();
    const number = ++this.number;
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve, reject });
      worker.ref();
      worker.postMessage({ number, name, argument });
    });
  }

  /** Starts the thread, which then fills its pool. */
  start(): Worker {
    this.worker ??= this.spawn();
    return this.worker;
  }

  async close(purge: boolean): Promise<void> {
    if (this.closed || (!this.worker && !purge)) return;
    const ended = this.request('close', { purge });
    this.closed = true;
    await ended;
    await this.worker?.terminate();
  }

  private spawn(): Worker {
    // descriptors that the thread opens outlive it: they are handed to others
    const worker = new Worker(new URL('./worker/main.ts', import.meta.url), {
      workerData: this.settings,
      trackUnmanagedFds: false,
      execArgv: [],
    });
    worker.on('message', (reply: Reply) => this.settle(reply));
    worker.on('error', (error: unknown) => this.fail(error));
    worker.on('exit', () => this.fail(new Error('the thread ended')));
    worker.unref();
    return worker;
  }

  private settle(reply: Reply): void {
    const waiting = this.waiting.get(reply.number);
    this.waiting.delete(reply.number);
    if (this.waiting.size === 0) this.worker?.unref();
    if ('error' in reply) {
      const error = Object.assign(internal(reply.error.message), { code: reply.error.code });
      waiting?.reject(error);
    } else {
      waiting?.resolve(reply.answer as never);
    }
  }

  /** A thread that died takes no namespace with it, only the descriptors of those not in use: the next request starts another. */
  private fail(error: unknown): void {
    this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(internal('The network thread failed', error));
    this.waiting.clear();
  }
}
