import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DetachFilter, parseDetachKeys } from '../lib/detach-keys.ts';

/**
 * Passes what the client types to a process until the client closes its side (which closes the process's input), or types the
 * detach keys (which leave it open). Never throws: a process that has ended reads no more.
 */
export async function pumpInput(
  input: Readable,
  stdin: NodeJS.WritableStream,
  options: { tty: boolean; detachKeys: string; onDetach: () => void },
): Promise<void> {
  try {
    if (!options.tty) return await pipeline(input, stdin);
    let detached = false;
    const filter = new DetachFilter(parseDetachKeys(options.detachKeys), () => {
      detached = true;
      options.onDetach();
    });
    await pipeline(input, filter, stdin, { end: false });
    if (!detached) stdin.end();
  } catch {
    input.resume();
  }
}
