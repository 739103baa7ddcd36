import { readdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mountsBelow, unmount } from '../kernel/mount.ts';
import { hasCode } from '../lib/errors.ts';
import { type BuildServices, digestsRoot, idPrefix, temporaryRoot } from './ops/services.ts';

/** After a start of the engine: ends steps that ran when the last one died, and removes all that is left of them. */
export async function recover({
  paths,
  runtime,
  networks,
  snapshots,
  caches,
  logger,
}: BuildServices): Promise<void> {
  for (const id of bundlesIn(paths.bundles)) {
    logger.info('ending a build step of an earlier engine', { step: id });
    await runtime.delete(id, join(paths.bundles, id));
    await networks.release(id);
  }
  for (const key of snapshots.keys()) if (key.startsWith(idPrefix)) await snapshots.remove(key);
  for (const point of mountsBelow(temporaryRoot(paths))) unmount(point);
  await rm(temporaryRoot(paths), { recursive: true, force: true });
  await caches.recover();
  forgetOldDigests(digestsRoot(paths));
}

const DAY = 86_400_000;
const UNUSED = 7 * DAY;

/** Digests of the files of directories that nobody built lately: they are found out anew when they are needed again. */
function forgetOldDigests(directory: string): void {
  for (const name of namesIn(directory)) {
    const path = join(directory, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats && Date.now() - stats.mtimeMs > UNUSED) rmSync(path, { force: true });
  }
}

const bundlesIn = (directory: string): string[] =>
  namesIn(directory).filter((name) => name.startsWith(idPrefix));

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
