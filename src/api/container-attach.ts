import type { LogEntry } from '../container/types.ts';
import { type Answer, type Call, duplex, param } from './call.ts';
import { parseDetachKeys } from '../lib/detach-keys.ts';
import type { Engine } from './engine.ts';
import { frameHeader, outputType } from './frame.ts';
import { pumpInput } from './pump-input.ts';
import { queryBool, queryText } from './query.ts';
import { writeBatches } from './write-answer.ts';

/** POST /containers/{id}/attach */
export async function attach(call: Call, engine: Engine): Promise<Answer> {
  const { query } = call;
  const container = engine.containers.get(param(call, 'id'));
  const flag = (name: string): boolean => queryBool(query, name);
  const detachKeys = queryText(query, 'detachKeys') ?? '';
  parseDetachKeys(detachKeys);
  const leave = new AbortController();
  const attachment = await engine.containers.attach(container.id, {
    stdin: flag('stdin'),
    stdout: flag('stdout'),
    stderr: flag('stderr'),
    logs: flag('logs'),
    stream: flag('stream'),
    signal: AbortSignal.any([call.signal, leave.signal]),
  });
  const { tty } = container.spec;
  return duplex(outputType(tty, call.version), async (input, output) => {
    const onDetach = (): void => leave.abort();
    if (attachment.stdin) void pumpInput(input, attachment.stdin, { tty, detachKeys, onDetach });
    else input.resume();
    await writeBatches(
      output,
      attachment.output,
      (entries) => encodeBatch(entries, tty),
      ({ data }) => data.length,
    );
  });
}

/** Raw bytes for a terminal; otherwise one frame for all that came by the same stream. */
function encodeBatch(entries: readonly LogEntry[], tty: boolean): Uint8Array[] {
  if (tty) return entries.map(({ data }) => data);
  const parts: Uint8Array[] = [];
  for (let from = 0; from < entries.length;) {
    const { stream } = entries[from] as LogEntry;
    const end = entries.findIndex((entry, index) => index > from && entry.stream !== stream);
    const run = entries.slice(from, end < 0 ? entries.length : end).map(({ data }) => data);
    parts.push(
      frameHeader(
        stream,
        run.reduce((sum, data) => sum + data.length, 0),
      ),
      ...run,
    );
    from += run.length;
  }
  return parts;
}
