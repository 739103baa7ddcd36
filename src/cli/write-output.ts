import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Context } from './context.ts';
import { ExitError } from './exit-code.ts';

/** Writes a stream to a file (by a temporary one, so that a failure leaves nothing) or to standard output. */
export async function writeOutput(
  context: Context,
  path: string | undefined,
  open: () => Promise<AsyncIterable<Uint8Array>>,
): Promise<void> {
  if (path === undefined) {
    if (context.out.isTTY)
      throw new ExitError(1, 'cowardly refusing to save to a terminal. Use the -o flag or redirect');
    await pipeline(await open(), context.out, { end: false });
    return;
  }
  const source = await open();
  const temporary = `${path}.part`;
  try {
    await pipeline(source, createWriteStream(temporary));
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
