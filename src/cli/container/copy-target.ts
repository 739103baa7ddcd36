import { basename, dirname } from 'node:path';
import { ExitError } from '../exit-code.ts';

/** One end of a copy. */
export type Side = InContainer | { readonly local: string } | { readonly stdio: true };

export interface InContainer {
  readonly container: string;
  readonly path: string;
}

/** What stands at the place where a copy is to go. */
export interface Target {
  readonly exists: boolean;
  readonly isDirectory: boolean;
  readonly path: string;
  /** As it was written: a slash at its end says that it is a directory. */
  readonly given: string;
}

/** What is copied. */
export interface Source {
  /** As it was written: with `/.` at its end only what is in it is meant. */
  readonly given: string;
  readonly name: string;
  readonly isDirectory: boolean;
}

/** Where a copy goes by the rules of `docker cp`: the directory to write in and the name there ('' = the content alone). */
export function placeAt(target: Target, source: Source): { directory: string; name: string } {
  if (target.exists && target.isDirectory) {
    const contentOnly = source.isDirectory && /(^|\/)\.$/.test(source.given);
    return { directory: target.path, name: contentOnly ? '' : source.name };
  }
  if (target.exists && source.isDirectory) throw new ExitError(1, 'cannot copy directory');
  if (target.given.endsWith('/') && !source.isDirectory)
    throw new ExitError(1, target.exists ? 'not a directory' : 'no such directory');
  const path = target.path.replace(/\/+$/, '') || '/';
  return { directory: dirname(path), name: basename(path) };
}

/** `NAME:path`, `-`, or a local path (one with a slash or dot in front of its colon is local). */
export function parseSide(text: string): Side {
  if (text === '-') return { stdio: true };
  const colon = text.indexOf(':');
  if (colon <= 0 || text.startsWith('/') || text.startsWith('.')) return { local: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) };
}
