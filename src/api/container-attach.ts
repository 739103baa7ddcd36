import type { Readable, Writable } from 'node:stream';
import { invalid } from '../lib/errors.ts';
import type { LogBatch } from '../container/types.ts';
import { type Answer, type Call, duplex, param } from './call.ts';
import { parseDetachKeys } from '../lib/detach-keys.ts';
import type { Engine } from './engine.ts';
import { frameRuns, outputType } from './frame.ts';
import { headTaken } from './head-taken.ts';
import { pumpInput } from './pump-input.ts';
import { queryBool, queryText } from './query.ts';
import { acceptKey } from './websocket.ts';
import { writeChunks } from './write-answer.ts';

/** POST /containers/{id}/attach */
export async function attach(call: Call, engine: Engine): Promise<Answer> {
  const { tty, open } = prepare(call, engine);
  return duplex(outputType(tty, call.version), await open(tty));
}

/** GET /containers/{id}/attach/ws. Both streams come as they are, as Docker has it: a message has no room for their names. */
export async function attachWebSocket(call: Call, engine: Engine): Promise<Answer> {
  const { open } = prepare(call, engine);
  const accept = acceptKey(call);
  return { type: 'websocket', accept, binary: call.version >= 28, serve: await open(true) };
}

type Serve = (input: Readable, output: Writable) => Promise<void>;

/** Checks what is asked for; `open` attaches. */
function prepare(call: Call, engine: Engine): { tty: boolean; open: (raw: boolean) => Promise<Serve> } {
  const { query } = call;
  const container = engine.containers.get(param(call, 'id'));
  const flag = (name: string): boolean => queryBool(query, name);
  const detachKeys = queryText(query, 'detachKeys') ?? '';
  const { tty } = container.spec;
  checkDetachKeys(detachKeys);
  const leave = new AbortController();
  const onDetach = (): void => leave.abort();
  const open = async (raw: boolean): Promise<Serve> => {
    const attachment = await engine.containers.attach(container.id, {
      stdin: flag('stdin'),
      stdout: flag('stdout'),
      stderr: flag('stderr'),
      logs: flag('logs'),
      stream: flag('stream'),
      signal: AbortSignal.any([call.signal, leave.signal]),
    });
    return async (input, output) => {
      const taken = headTaken(output);
      if (attachment.stdin) void pumpInput(input, attachment.stdin, { tty, detachKeys, onDetach });
      else input.resume();
      await writeChunks(output, heldUntil(taken, encodeBatches(attachment.output, raw)));
    };
  };
  return { tty, open };
}

function checkDetachKeys(keys: string): void {
  try {
    parseDetachKeys(keys);
  } catch (error) {
    throw invalid(`Invalid detach keys (${keys}) provided`, error);
  }
}

/** What comes is taken from the beginning, lest something be missed, and told when the client is ready. */
async function* heldUntil<T>(ready: Promise<void>, items: AsyncIterable<T>): AsyncIterable<T> {
  for await (const item of items) {
    await ready;
    yield item;
  }
}

/** Raw bytes for a terminal; otherwise one frame for all that came by the same stream. */
async function* encodeBatches(batches: AsyncIterable<LogBatch>, raw: boolean): AsyncIterable<Uint8Array> {
  for await (const batch of batches)
    yield raw ? Buffer.concat(batch.map(({ data }) => data)) : frameRuns(batch);
}
