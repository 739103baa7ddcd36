import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../lib/atomic-file.ts';

/** Tells others the engine's process id, until it ends. */
export function writePidFile(path: string): Disposable {
  mkdirSync(dirname(path), { recursive: true });
  writeFileAtomic(path, `${process.pid}\n`);
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}
