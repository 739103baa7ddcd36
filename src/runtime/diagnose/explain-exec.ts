import { posix } from 'node:path';
import { readElf } from '../host/elf.ts';
import { type Found, inspectFile } from './inspect-file.ts';

/** What is executed, and with what search path. */
export interface ExecAttempt {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
}

/** The kernel and the OCI runtime look here when the environment has no PATH. */
const fallbackPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Shells that people call for, from the one that images have most often. */
const shells = ['/bin/sh', '/bin/ash', '/bin/bash'];

/**
 * Why a program can't be executed in the root file system `root` (`/proc/<pid>/root` for a running container), in a few words;
 * undefined when nothing is wrong with it. The kernel itself only says `no such file` for a missing loader or a script with
 * Windows line ends.
 */
export function explainExec(root: string, attempt: ExecAttempt, architecture: string): string | undefined {
  const name = attempt.args[0] ?? '';
  if (name === '') return 'no program was given';
  const look = (path: string): Found => inspectFile(root, path);
  if (name.includes('/')) return explainFile(posix.resolve('/', attempt.cwd, name), look, architecture);
  const path = variable(attempt.env, 'PATH') ?? fallbackPath;
  const files = path.split(':').map((directory) => posix.resolve('/', directory, name));
  const first =
    files.find((file) => isExecutable(look(file))) ?? files.find((file) => look(file).kind === 'file');
  return first === undefined ? explainAbsence(name, path, look) : explainFile(first, look, architecture);
}

function explainAbsence(name: string, path: string, look: (path: string) => Found): string {
  if (name.startsWith('-'))
    return `${name} stands behind the image and became the command: flags come before the image`;
  if (/\s/.test(name))
    return 'the whole line is taken as one name: give program and arguments as separate words';
  const shell = shells.find((candidate) => isExecutable(look(candidate)));
  const wantsShell = ['bash', 'ash', 'zsh', 'dash'].includes(name);
  return `no ${name} in ${path}${wantsShell && shell ? `, but there is ${shell}` : ''}`;
}

function explainFile(path: string, look: (path: string) => Found, architecture: string): string | undefined {
  const found = look(path);
  switch (found.kind) {
    case 'missing':
      return `${path} does not exist in the container`;
    case 'dangling':
      return `${path} is a link to something that does not exist`;
    case 'directory':
      return `${path} is a directory`;
    case 'other':
      return `${path} is not a regular file`;
    case 'file':
      if (!isExecutable(found)) {
        return `${path} is not executable (mode ${found.mode.toString(8).padStart(4, '0')}): chmod +x is missing`;
      }
      return explainContent(path, found.head, look, architecture);
  }
}

function explainContent(
  path: string,
  head: Buffer,
  look: (path: string) => Found,
  architecture: string,
): string | undefined {
  const elf = readElf(head);
  if (elf) return explainElf(path, elf, look, architecture);
  if (head.length === 0) return `${path} is empty`;
  const text = head.toString('latin1');
  if (text.startsWith('#!')) return explainScript(path, text, look);
  if (text.startsWith('\u00ef\u00bb\u00bf'))
    return `${path} starts with a byte order mark: #! must be its first bytes`;
  return `${path} is neither a Linux program nor a script that starts with #!`;
}

function explainElf(
  path: string,
  elf: NonNullable<ReturnType<typeof readElf>>,
  look: (path: string) => Found,
  architecture: string,
): string | undefined {
  const runs = elf.architecture === architecture || (architecture === 'amd64' && elf.architecture === '386');
  if (!runs) return `${path} is for ${elf.architecture}, this host is ${architecture}`;
  if (elf.interpreter === undefined || look(elf.interpreter).kind === 'file') return undefined;
  const library = elf.interpreter.includes('musl') ? 'musl' : 'glibc';
  return `${path} needs the loader ${elf.interpreter} (${library}), which is not in the container`;
}

/** `#!/bin/sh -e`: what follows the interpreter is its one argument. */
function explainScript(path: string, text: string, look: (path: string) => Found): string | undefined {
  const line = /^#![ \t]*([^\n]*)/.exec(text)?.[1] ?? '';
  if (line.endsWith('\r'))
    return `${path} has Windows line ends: its interpreter is read as ${JSON.stringify(line)}`;
  const interpreter = line.split(/[ \t]/)[0] ?? '';
  if (interpreter === '') return `${path} names no interpreter after #!`;
  const found = look(posix.resolve('/', interpreter));
  return found.kind === 'file'
    ? undefined
    : `${path} wants the interpreter ${interpreter}, which is not in the container`;
}

const isExecutable = (found: Found): boolean => found.kind === 'file' && (found.mode & 0o111) !== 0;

const variable = (env: readonly string[], name: string): string | undefined =>
  env.findLast((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
