import type { Readable, Writable } from 'node:stream';
import { DetachFilter, parseDetachKeys } from '../lib/detach-keys.ts';
import { drained } from './write-answer.ts';

/**
 * Passes what the client types to a process until the client closes its side (which closes the process's input), or types the
 * detach keys (which leave it open). Never throws: a process that has ended reads no more. What the client still sends then is thrown
 * away: a connection that is closed with something unread would take from the client what it has not read itself.
 */
export async function pumpInput(
  input: Readable,
  stdin: NodeJS.WritableStream,
  options: { tty: boolean; detachKeys: string; onDetach: () => void },
): Promise<void> {
  const process = stdin as Writable;
  process.on('error', () => {}); // it has ended
  try {
    await copy(input, options.tty ? filtered(process, options) : process);
  } catch {
    // the client has gone
  }
  input.resume();
}

/** What is written to it reaches the process until the detach keys come by. */
function filtered(process: Writable, options: { detachKeys: string; onDetach: () => void }): Writable {
  let detached = false;
  const filter = new DetachFilter(parseDetachKeys(options.detachKeys), () => {
    detached = true;
    options.onDetach();
  });
  filter.pipe(process, { end: false });
  filter.once('end', () => {
    if (!detached) process.end();
  });
  process.once('close', () => filter.destroy());
  return filter;
}

/** Ends the target with the input; leaves the input alone when the target is closed first. */
async function copy(input: Readable, target: Writable): Promise<void> {
  for await (const chunk of input.iterator({ destroyOnReturn: false })) {
    if (!target.writable) return;
    if (!target.write(chunk)) await drained(target);
  }
  target.end();
}
