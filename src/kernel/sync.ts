import { closeSync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { check, libc } from './libc.ts';

const syncfs = libc.func('int syncfs(int fd)');
const syncfsAsync = promisify(syncfs.async) as (fd: number) => Promise<number>;

/** Writes out everything of the file system that holds `path` (syncfs(2)); waits in the thread pool. */
export async function syncFileSystem(path: string): Promise<void> {
  const fd = openSync(path, 'r');
  try {
    check(await syncfsAsync(fd), `syncfs ${path}`);
  } finally {
    closeSync(fd);
  }
}
