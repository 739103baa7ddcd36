import { chmodSync, mkdirSync } from 'node:fs';
import type { EnginePaths } from './paths.ts';

/** The two roots; everything below them is made by the folder that owns it. Nobody but root looks into the data. */
export function makeDirectories(paths: EnginePaths): void {
  mkdirSync(paths.dataRoot, { recursive: true });
  chmodSync(paths.dataRoot, 0o711);
  mkdirSync(paths.runRoot, { recursive: true });
  chmodSync(paths.runRoot, 0o711);
}
