import { MessageChannel, type MessagePort, type Transferable } from 'node:worker_threads';

/*
 * Byte streams between the engine and a job, over a port of their own. Who sends may be WINDOW chunks ahead of who receives; the receiver
 * answers each chunk it is done with. `null` ends a stream, a closed port breaks it off.
 */
const WINDOW = 4;
const DONE = 1;

/** Counts chunks that were sent and not yet answered. */
class Sender {
  private readonly port: MessagePort;
  private credit = WINDOW;
  private wake: () => void = () => {};
  isClosed = false;

  constructor(port: MessagePort) {
    this.port = port;
    port.on('message', () => {
      this.credit += 1;
      this.wake();
    });
    port.on('close', () => {
      this.isClosed = true;
      this.wake();
    });
  }

  /** Gives the chunk away. */
  async send(chunk: Uint8Array): Promise<void> {
    while (this.credit === 0 && !this.isClosed) await new Promise<void>((resolve) => (this.wake = resolve));
    this.credit -= 1;
    this.port.postMessage(chunk, [chunk.buffer as ArrayBuffer]);
  }

  end(): void {
    this.port.postMessage(null);
  }
}

/** Job side: sends what a generator makes, each chunk in a buffer of its own, until it ends or nobody wants more. */
export async function sendChunks(port: MessagePort, chunks: Iterable<Uint8Array>): Promise<void> {
  const sender = new Sender(port);
  try {
    for (const chunk of chunks) {
      await sender.send(chunk);
      if (sender.isClosed) return;
    }
    sender.end();
  } finally {
    port.close();
  }
}

/** Job side: hands over what the engine sends. Throws when the stream breaks off. */
export async function receiveChunks(port: MessagePort, take: (chunk: Uint8Array) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  port.on('close', () => reject(new Error('the archive broke off')));
  port.on('message', (chunk: Uint8Array | null) => {
    if (chunk === null) return resolve();
    try {
      take(chunk);
      port.postMessage(DONE);
    } catch (error) {
      reject(error);
    }
  });
  try {
    await promise;
  } finally {
    port.removeAllListeners();
    port.close();
  }
}

/** Starts a job that gets a port and the list of what goes with it. */
export type StartJob = (port: MessagePort, transfer: readonly Transferable[]) => Promise<unknown>;

/** Engine side: the chunks that a job sends. */
export async function* streamFromJob(
  startJob: StartJob,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  options.signal?.throwIfAborted();
  const { port1: port, port2 } = new MessageChannel();
  const receiver = new Receiver(port);
  const job = startJob(port2, [port2]);
  job.catch(() => port.close()); // told when what came before has been read
  const close = (): void => port.close();
  options.signal?.addEventListener('abort', close);
  try {
    for (let chunk; (chunk = await receiver.next()); port.postMessage(DONE)) {
      options.signal?.throwIfAborted();
      yield chunk;
    }
    options.signal?.throwIfAborted();
    await job;
  } finally {
    options.signal?.removeEventListener('abort', close);
    port.close();
    await job.catch(() => {});
  }
}

/** Chunks that have come, and waiting for them. */
class Receiver {
  private readonly queue: (Uint8Array | null)[] = [];
  private isClosed = false;
  private wake: () => void = () => {};

  constructor(port: MessagePort) {
    port.on('message', (chunk: Uint8Array | null) => {
      this.queue.push(chunk);
      this.wake();
    });
    port.on('close', () => {
      this.isClosed = true;
      this.wake();
    });
  }

  /** Null at the end, whole or not. */
  async next(): Promise<Uint8Array | null> {
    while (this.queue.length === 0 && !this.isClosed)
      await new Promise<void>((resolve) => (this.wake = resolve));
    return this.queue.shift() ?? null;
  }
}

/** Engine side: feeds a job, and waits for its end. A job that fails closes its port. */
export async function streamToJob(
  startJob: StartJob,
  source: AsyncIterable<Uint8Array>,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  options.signal?.throwIfAborted();
  const { port1: port, port2 } = new MessageChannel();
  const sender = new Sender(port);
  const job = startJob(port2, [port2]);
  job.catch(() => port.close());
  const close = (): void => port.close();
  options.signal?.addEventListener('abort', close);
  try {
    for await (const chunk of source) {
      options.signal?.throwIfAborted();
      await sender.send(new Uint8Array(chunk));
      if (sender.isClosed) break;
    }
    if (!sender.isClosed) sender.end();
    await job;
  } finally {
    options.signal?.removeEventListener('abort', close);
    port.close();
    await job.catch(() => {});
    options.signal?.throwIfAborted();
  }
}
