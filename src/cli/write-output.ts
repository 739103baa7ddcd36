import { createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Context } from './context.ts';
import { ExitError } from './exit-code.ts';

/** Writes a stream to a file (by a temporary one, so that a failure leaves nothing) or to standard output; `doing` is for what goes wrong. */
export async function writeOutput(
  context: Context,
  doing: string,
  path: string | undefined,
  open: () => Promise<AsyncIterable<Uint8Array>>,
): Promise<void> {
  if (path === undefined) {
    if (context.out.isTTY)
      throw new ExitError(1, 'cowardly refusing to save to a terminal. Use the -o flag or redirect');
    await pipeline(await open(), context.out, { end: false });
    return;
  }
  checkPath(doing, path);
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

function checkPath(doing: string, path: string): void {
  const directory = dirname(path);
  if (!existsSync(directory))
    throw new ExitError(
      1,
      `failed to ${doing}: invalid output path: stat ${directory}: no such file or directory`,
    );
  if (existsSync(path) && statSync(path).isDirectory())
    throw new ExitError(
      1,
      `failed to ${doing}: invalid output path: ${JSON.stringify(path)} must be a regular file`,
    );
}
