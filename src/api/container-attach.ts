import { type Answer, type Call, duplex, param } from './call.ts';
import { encodeEntries } from './container-logs.ts';
import { parseDetachKeys } from '../lib/detach-keys.ts';
import type { Engine } from './engine.ts';
import { outputType } from './frame.ts';
import { pumpInput } from './pump-input.ts';
import { queryBool, queryText } from './query.ts';
import { writeChunks } from './write-answer.ts';

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
    await writeChunks(output, encodeEntries(attachment.output, tty));
  });
}
