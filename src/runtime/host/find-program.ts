import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hasCode } from '../../lib/errors.ts';
import { readElf } from './elf.ts';

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Looks a program up in the engine's PATH, then where systems keep theirs. */
export function findProgram(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...systemPath.split(delimiter)];
  return directories
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** Programs that serve as PID 1, by the names that distributions give them. Only a static one runs in any root file system. */
export function findInitProgram(): string | undefined {
  for (const name of ['docker-init', 'tini-static', 'catatonit', 'tini', 'dumb-init']) {
    const path = findProgram(name);
    if (path && readElf(readHead(path)) && !readElf(readHead(path))?.interpreter) return path;
  }
  return undefined;
}

/** The first bytes of a file. */
export function readHead(path: string, length = 4096): Buffer {
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(length);
    return head.subarray(0, readSync(fd, head, 0, length, 0));
  } finally {
    closeSync(fd);
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES', 'ENOTDIR')) return false;
    throw error;
  }
}
