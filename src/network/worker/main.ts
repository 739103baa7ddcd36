import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { KernelNetwork } from './worker.ts';
import type { RequestName, WorkerRequests, WorkerSettings } from './protocol.ts';

export interface Request<Name extends RequestName = RequestName> {
  readonly number: number;
  readonly name: Name;
  readonly argument: WorkerRequests[Name]['argument'];
}

export type Reply =
  | { readonly number: number; readonly answer: unknown }
  | { readonly number: number; readonly error: { message: string; code: string | undefined } };

/** The entry of the worker thread: requests are done one after the other, in their order. */
function serve(port: NonNullable<typeof parentPort>): void {
  const network = new KernelNetwork(workerData as WorkerSettings);
  let tail: Promise<unknown> = network.start();
  port.on('message', (request: Request) => {
    tail = tail.then(
      () => answer(port, network, request),
      (error: unknown) => fail(port, request.number, error),
    );
  });
}

async function answer(
  port: NonNullable<typeof parentPort>,
  network: KernelNetwork,
  request: Request,
): Promise<void> {
  try {
    const verb = network[request.name] as (argument: unknown) => unknown;
    const result = await verb.call(network, request.argument);
    port.postMessage({ number: request.number, answer: result } satisfies Reply);
    if (request.name === 'close') port.close();
  } catch (error) {
    fail(port, request.number, error);
  }
}

function fail(port: NonNullable<typeof parentPort>, number: number, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  port.postMessage({ number, error: { message, code } } satisfies Reply);
}

if (parentPort && workerData) serve(parentPort);
flushCompileCache();
