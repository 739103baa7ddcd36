import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { lockFile } from '../kernel/file-lock.ts';
import { EngineError, hasCode } from '../lib/errors.ts';

/** Takes a data root for this engine alone. It is free again when the engine ends, however it ends. */
export function lockDataRoot(path: string, dataRoot: string): Disposable {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    lockFile(fd);
  } catch (error) {
    closeSync(fd);
    if (!hasCode(error, 'EAGAIN', 'EWOULDBLOCK')) throw error;
    const holder = readFileSync(path, 'utf8').trim();
    throw new EngineError(
      'conflict',
      `data root ${dataRoot} is in use by another engine${holder && ` (process ${holder})`}`,
    );
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`, 0);
  return { [Symbol.dispose]: () => closeSync(fd) };
}
