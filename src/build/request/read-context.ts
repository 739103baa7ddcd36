import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { bytesOfText, textOfBytes } from '../../lib/byte-string.ts';
import { hasCode, invalid, messageOf } from '../../lib/errors.ts';
import { IgnorePatterns, readIgnoreFile } from '../../lib/ignore.ts';
import { resolvePath } from '../ops/tree/resolve-path.ts';
import type { NamedContexts } from '../plan/named-contexts.ts';
import type { BuildRequest } from '../types.ts';

export interface BuildContext {
  readonly directory: string;
  /** Patterns of the ignore file, checked. */
  readonly ignore: readonly string[];
  /** Name for messages. */
  readonly file: string;
  readonly text: string;
  readonly named: NamedContexts;
}

/** More than any Dockerfile or ignore file has. */
const LARGEST = 16 << 20;

/** Reads what is asked for of a context: the Dockerfile and the ignore file that goes with it. */
export function readContext({ contextDir, dockerfile, contexts: named = {} }: BuildRequest): BuildContext {
  if (!('text' in dockerfile)) {
    const { file, text } = findDockerfile(contextDir, dockerfile.path);
    const ignore = dockerfile.isPacked
      ? ownIgnored(contextDir, file)
      : (readIgnore(contextDir, ignoreFilesOf(file)) ?? []);
    return { directory: contextDir, ignore, file, text, named };
  }
  const { name = 'Dockerfile', text } = dockerfile;
  const ignore = dockerfile.ignore ?? readIgnore(contextDir, ignoreFilesOf(name)) ?? [];
  return { directory: contextDir, ignore, file: name, text, named };
}

export function findDockerfile(directory: string, path: string): FoundDockerfile {
  const found = lookForDockerfile(directory, path);
  if (!found) throw invalid(`Cannot locate specified Dockerfile: ${path || 'Dockerfile'}`);
  return found;
}

interface FoundDockerfile {
  readonly file: string;
  readonly text: string;
}

/** The same; undefined where there is none. */
export function lookForDockerfile(directory: string, path: string): FoundDockerfile | undefined {
  const file = posix.normalize(path || 'Dockerfile').replace(/^\/+/, '');
  if (file === '..' || file.startsWith('../'))
    throw invalid(`forbidden path outside the build context: ${path} ()`);
  const candidates = file === 'Dockerfile' ? [file, 'dockerfile'] : [file];
  for (const name of candidates) {
    const text = readIn(directory, name);
    if (text !== undefined) return { file: name, text };
  }
  return undefined;
}

/** `<Dockerfile>.dockerignore` goes before `.dockerignore`. */
const ignoreFilesOf = (file: string): string[] => [`${file}.dockerignore`, '.dockerignore'];

/** The patterns of the first of some ignore files that is in a directory, checked; undefined when there is none. */
export function readIgnore(directory: string, names: readonly string[]): readonly string[] | undefined {
  for (const name of names) {
    const text = readIn(directory, name);
    if (text === undefined) continue;
    const patterns = readIgnoreFile(text);
    try {
      void new IgnorePatterns(patterns);
      return patterns;
    } catch (error) {
      throw invalid(`${name}: ${messageOf(error)}`, error);
    }
  }
  return undefined;
}

/** A client sends the Dockerfile and the ignore file in any case, so what is said of these two is left to the engine. A wrong pattern says nothing. */
function ownIgnored(directory: string, dockerfile: string): readonly string[] {
  const text = readIn(directory, '.dockerignore') ?? '';
  try {
    const patterns = new IgnorePatterns(readIgnoreFile(text));
    return ['.dockerignore', dockerfile].filter((name) => patterns.ignores(name));
  } catch {
    return [];
  }
}

/** The text of a regular file in the context, which symlinks don't lead out of; undefined when there is none. */
function readIn(directory: string, name: string): string | undefined {
  const path = `${directory}/${textOfBytes(resolvePath(bytesOfText(directory), bytesOfText(name)))}`;
  const fd = open(path);
  if (fd === undefined) return undefined;
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw invalid(`${name} is not a regular file`);
    if (stats.size > LARGEST) throw invalid(`${name} is too large`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return undefined;
    throw error;
  }
}
