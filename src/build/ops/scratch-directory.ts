import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildPaths, newId, temporaryRoot } from './services.ts';

/** A directory for files that are needed for a moment; it goes with them. */
export function scratchDirectory(paths: BuildPaths): { readonly path: string } & Disposable {
  const path = join(temporaryRoot(paths), newId());
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
