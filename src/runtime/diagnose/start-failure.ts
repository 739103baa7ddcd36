import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../lib/errors.ts';
import { monitorFiles } from '../conmon/launch.ts';
import { StartError } from '../start-error.ts';
import type { BundleSpec } from '../types.ts';

const createPrefix =
  'failed to create task for container: failed to create shim task: OCI runtime create failed: ';
const execPrefix = 'OCI runtime exec failed: ';

/** Docker's exit codes of a program that could not be started. */
const notFound = 127;
const notExecutable = 126;
const otherwise = 128;

/** The error of a container that could not be made, in Docker's words; `said` is what the runtime said. */
export function createFailure(said: string | undefined, bundle: string, _spec: BundleSpec): StartError {
  const text = normalize(
    said ?? lastLine(join(bundle, monitorFiles.log)) ?? 'the monitor ended without a word',
  );
  return new StartError(createPrefix + text, exitCodeFor(text));
}

/** The error of a process that could not join a running container. */
export function execFailure(said: string): StartError {
  const text = normalize(said);
  return new StartError(execPrefix + text, exitCodeFor(text));
}

export function exitCodeFor(message: string): number {
  if (/executable file .*not found|no such file or directory|not found in \$PATH/i.test(message))
    return notFound;
  if (/permission denied|is a directory|exec format error/i.test(message)) return notExecutable;
  return otherwise;
}

/** Newer runtimes name the phase; clients see the same text whichever runtime is here. */
function normalize(said: string): string {
  return said
    .trim()
    .replace(
      /^(\w+ create failed: unable to start container process: )(?=exec: )/,
      '$1error during container init: ',
    );
}

function lastLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').at(-1) || undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
