import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { openBeneath } from '../kernel/open-in-root.ts';
import { hasCode, internal, invalid, messageOf, notFound } from '../lib/errors.ts';

const O_PATH = 0o10000000;

/** A part of a volume, held open: whoever changes the volume meanwhile can't make it another. */
export interface HeldPath extends Disposable {
  /** Leads to it for as long as it is held, in programs that are started too. */
  readonly path: string;
}

/** Opens a part of a volume. Symlinks are followed inside the volume only. Throws with Docker's texts. */
export function holdSubpath(base: string, subpath: string): HeldPath {
  const fd = open(base, subpath);
  return { path: `/proc/${process.pid}/fd/${fd}`, [Symbol.dispose]: () => closeSync(fd) };
}

function open(base: string, subpath: string): number {
  const full = join(base, subpath);
  try {
    return openBeneath(base, subpath, O_PATH);
  } catch (error) {
    if (hasCode(error, 'EXDEV', 'ELOOP'))
      throw invalid(
        `path concatenation escapes the base directory, base: ${base}, subpath: ${subpath}`,
        error,
      );
    if (hasCode(error, 'ENOENT', 'ENOTDIR'))
      throw notFound(
        `cannot access path ${full}: lstat ${full}: ${hasCode(error, 'ENOENT') ? 'no such file or directory' : 'not a directory'}`,
        error,
      );
    throw internal(`cannot access path ${full}: ${messageOf(error)}`, error);
  }
}
