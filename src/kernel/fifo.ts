import { constants, openSync } from 'node:fs';
import { check, libc } from './libc.ts';

const mkfifo = libc.func('int mkfifo(const char *path, uint32_t mode)');

/** Makes a FIFO. Throws KernelError, EEXIST when the name is taken. */
export function makeFifo(path: string, mode = 0o600): void {
  check(mkfifo(path, mode), `mkfifo ${path}`);
}

/** Opens the reading end without waiting for a writer; a writer's open then does not wait either. */
export const openFifoReader = (path: string): number =>
  openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
