import { readdirSync, statSync } from 'node:fs';
import { messageOf } from '../../lib/errors.ts';
import { StartError } from '../start-error.ts';
import type { BundleSpec, ProcessSpec } from '../types.ts';
import { explainExec } from './explain-exec.ts';

const createPrefix =
  'failed to create task for container: failed to create shim task: OCI runtime create failed: ';
const execPrefix = 'OCI runtime exec failed: ';

/** Docker's exit codes of a program that could not be started. */
const notFound = 127;
const notExecutable = 126;
const otherwise = 128;

/** The error of a container that could not be made: Docker's words, and why in brackets. `said` is what the runtime said. */
export function createFailure(said: string, spec: BundleSpec, architecture: string): StartError {
  const text = normalize(said, spec.process, 'runc create failed: ');
  const hidden = spec.mounts.some(({ destination }) => covers(destination, spec.process.args[0] ?? ''));
  const why = hidden ? undefined : explain(text, spec.rootfs, spec.process, architecture);
  return new StartError(createPrefix + text + (why ?? explainMount(text)), exitCodeFor(text));
}

/** Docker makes a directory where a bind has no source, also where a file was meant. */
function explainMount(text: string): string {
  const source = /error mounting "([^"]+)".*: not a directory: /.exec(text)?.[1] ?? '';
  const isDirectory = statSync(source, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isDirectory || readdirSync(source).length > 0) return '';
  return ` (${source} is an empty directory, as is made where nothing was: remove it, and put the file there)`;
}

/** The error of a process that could not join a running container whose init is `pid`. */
export function execFailure(
  said: string,
  pid: number,
  process: ProcessSpec,
  architecture: string,
): StartError {
  const text = normalize(said, process, 'exec failed: ');
  const why = explain(text, `/proc/${pid}/root`, process, architecture);
  return new StartError(execPrefix + text + (why ?? ''), exitCodeFor(text));
}

/** Docker's CLI decides by the same words. */
export function exitCodeFor(message: string): number {
  if (/executable file .*not found|no such file or directory|: not a directory/i.test(message))
    return notFound;
  if (/permission denied|is a directory/i.test(message)) return notExecutable;
  return otherwise;
}

/** Only for failures to execute; what is wrong with a mount or a limit the runtime knows best. */
function explain(text: string, root: string, process: ProcessSpec, architecture: string): string | undefined {
  if (!/exec: "|executable file/.test(text)) return undefined;
  try {
    const why = explainExec(root, process, architecture);
    return why && ` (${why})`;
  } catch (error) {
    return ` (${messageOf(error)})`;
  }
}

const mountHint =
  ': Are you trying to mount a directory onto a file (or vice-versa)? ' +
  'Check if the specified host path exists and is the expected type';

/** One text for all runtimes: newer ones of runc name the phase, crun words it otherwise. `verb`: what failed, as runc says it. */
function normalize(said: string, process: ProcessSpec, verb: string): string {
  const crun = wordsForCrun(said, process.args[0] ?? '');
  return (crun === undefined ? said.trim() : `${verb}unable to start container process: ${crun}`)
    .replace(
      /^(\w+ create failed: unable to start container process: )(?=exec: )/,
      '$1error during container init: ',
    )
    .replace(/(: not a directory)$/, `$1${mountHint}`);
}

/** What runc says where crun says that a program is not there, or can't be executed. */
function wordsForCrun(said: string, program: string): string | undefined {
  const quoted = JSON.stringify(program);
  if (/executable file `[^`\n]+` not found/.test(said))
    return program.startsWith('/')
      ? `exec: ${quoted}: stat ${program}: no such file or directory`
      : `exec: ${quoted}: executable file not found in $PATH`;
  return /open executable: (Permission denied|Operation not permitted)/.test(said)
    ? `exec: ${quoted}: permission denied`
    : undefined;
}

const covers = (destination: string, path: string): boolean =>
  path === destination || path.startsWith(`${destination.replace(/\/+$/, '')}/`);
