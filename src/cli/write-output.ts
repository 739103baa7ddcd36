import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, renameSync, rmSync, type Stats, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Context } from './context.ts';
import { ExitError } from './exit-code.ts';

/** Writes a stream to a file (by a temporary one, so that a failure leaves nothing) or to standard output; `doing` is for what goes wrong. */
export async function writeOutput(
  context: Context,
  doing: string,
  path: string | undefined,
  read: () => Promise<AsyncIterable<Uint8Array>>,
): Promise<void> {
  if (path === undefined) {
    if (context.out.isTTY)
      throw new ExitError(1, 'cowardly refusing to save to a terminal. Use the -o flag or redirect');
    await pipeline(await read(), context.out, { end: false });
    return;
  }
  checkPath(doing, path);
  const source = await read();
  const temporary = `${path}.${randomBytes(4).toString('hex')}.part`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await pipeline(source, file.createWriteStream());
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
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found && !found.isFile())
    throw new ExitError(1, `failed to ${doing}: cannot write to a ${kindOf(found)}`);
}

/** In Docker's words. */
function kindOf(found: Stats): string {
  if (found.isSymbolicLink()) return 'symbolic link directly';
  if (found.isFIFO()) return 'named pipe (FIFO)';
  if (found.isSocket()) return 'socket';
  return found.isBlockDevice() ? 'block device file' : 'character device file';
}
