import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { EngineError } from '../../../lib/errors.ts';
import { copyFile, type FileCopy } from './copy-file.ts';
import type { LaneData, LaneFailure } from './copy-lane.ts';

/** So many files are copied before other threads are worth their start. */
const ALONE = 512;
const BATCH = 64;
/** Batches that wait for a thread, so that it does not wait for us. */
const AHEAD = 2;
const MOST_LANES = 4;
/** Larger files are copied here: a thread that has a batch is then done soon. Bytes. */
const SMALL = 1 << 20;

interface Lane {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly done: Int32Array;
  sent: number;
}

/**
 * Copies many files on several threads, of which the caller's is one: a new file costs the kernel more than a look at it costs us. The
 * directories that they go into are there already, and nothing else happens to the files until `finish`.
 */
export class CopyLanes implements Disposable {
  private lanes: readonly Lane[] | undefined;
  private alone = 0;
  private batch: FileCopy[] = [];

  add(copy: FileCopy): void {
    if (copy.size > SMALL || this.alone < ALONE) {
      this.alone += 1;
      return copyFile(copy);
    }
    this.batch.push(copy);
    if (this.batch.length < BATCH) return;
    this.lanes ??= startLanes();
    const free = this.lanes.find(hasRoom);
    if (!free) return this.copyBatch();
    free.port.postMessage(this.batch);
    free.sent += 1;
    this.batch = [];
  }

  /** Returns when all files are there. Throws the first failure. */
  finish(): void {
    this.copyBatch();
    this.wait();
    for (const { port } of this.lanes ?? []) {
      const failure = receiveMessageOnPort(port);
      if (failure) throw revive(failure.message as LaneFailure);
    }
  }

  /** Returns when no thread is at work any more. */
  [Symbol.dispose](): void {
    this.wait();
    for (const { worker } of this.lanes ?? []) void worker.terminate();
  }

  private wait(): void {
    for (const { done, sent } of this.lanes ?? [])
      for (let count = Atomics.load(done, 0); count >= 0 && count < sent; count = Atomics.load(done, 0))
        Atomics.wait(done, 0, count);
  }

  private copyBatch(): void {
    for (const copy of this.batch) copyFile(copy);
    this.batch = [];
  }
}

function hasRoom({ done, sent }: Lane): boolean {
  const count = Atomics.load(done, 0);
  return count >= 0 && sent - count < AHEAD;
}

const startLanes = (): Lane[] =>
  Array.from({ length: Math.min(MOST_LANES, availableParallelism()) - 1 }, startLane);

/** Gets nothing to do until it says that it is there, so that one that cannot start holds up nobody. */
function startLane(): Lane {
  const { port1, port2 } = new MessageChannel();
  const done = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
  const workerData: LaneData = { port: port2, done };
  const worker = new Worker(new URL('./copy-lane.ts', import.meta.url), {
    workerData,
    transferList: [port2],
    trackUnmanagedFds: false,
  });
  worker.on('error', () => {});
  worker.unref();
  port1.unref();
  return { worker, port: port1, done, sent: 0 };
}

function revive({ kind, message, code, path }: LaneFailure): Error {
  return kind === undefined
    ? Object.assign(new Error(message), { code, path })
    : new EngineError(kind, message);
}
