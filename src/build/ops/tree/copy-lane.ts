import { type MessagePort, workerData } from 'node:worker_threads';
import { EngineError } from '../../../lib/errors.ts';
import { copyFile, type FileCopy } from './copy-file.ts';

/** What a thread that copies files is given. */
export interface LaneData {
  /** Sends batches of files, and gets failures. */
  readonly port: MessagePort;
  /** One number: how many batches are done; -1 until the thread is there. */
  readonly done: Int32Array;
}

/** An error as it goes from thread to thread. */
export interface LaneFailure {
  readonly kind?: EngineError['kind'];
  readonly message: string;
  /** Of a system call. */
  readonly code?: unknown;
  readonly path?: unknown;
}

const { port, done } = workerData as LaneData;

port.on('message', (batch: readonly FileCopy[]) => {
  try {
    for (const copy of batch) copyFile(copy);
  } catch (error) {
    port.postMessage(describe(error));
  }
  Atomics.add(done, 0, 1);
  Atomics.notify(done, 0);
});
Atomics.store(done, 0, 0);

function describe(error: unknown): LaneFailure {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, code, path } = error as NodeJS.ErrnoException;
  return { message, code, path, ...(error instanceof EngineError && { kind: error.kind }) };
}
