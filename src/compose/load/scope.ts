import type { Environment } from './interpolate.ts';
import type { Origins } from './origins.ts';
import type { Note } from './compose-error.ts';
import type { LoadStep } from './load-options.ts';
import { type Locate, locateFrom } from './paths.ts';
import { relative } from 'node:path';
import type { Place, Tree } from './tree.ts';

/** What a file is read in: the project, or a part of it that is included or extended from elsewhere. */
export interface Scope {
  /** What relative paths in the file are relative to; absolute. */
  readonly folder: string;
  /** What those paths become. */
  readonly locate: Locate;
  /** What variables in the file stand for. */
  readonly environment: Environment;
  /** Files that are being included, outermost first. */
  readonly including: readonly string[];
  readonly reading: Reading;
}

/** What all files of a project are read with. */
export interface Reading {
  readonly workingDir: string;
  readonly skip: ReadonlySet<LoadStep>;
  /** The documents of a file as they are written; a file is read once. */
  readonly documentsOf: (path: string) => readonly Tree[];
  /** Told of what is worth a warning; the same one is shown once. */
  readonly warn: (message: string) => void;
  /** Told of what Compose itself is silent about, with its place. */
  readonly note: (note: Note) => void;
  readonly origins: Origins;
  /** The local copy of a file that is named by an address; undefined = the name is that of a local file. */
  readonly copyOf: (reference: string, place: Place | undefined) => string | undefined;
}

/** The scope of files whose paths are relative to another folder. `here` = how that of the project is shown where paths stay relative. */
export function scopeAt(folder: string, scope: Scope, here = ''): Scope {
  const { workingDir, skip } = scope.reading;
  const shown = skip.has('resolve-paths') ? relative(workingDir, folder) || here : folder;
  return { ...scope, folder, locate: locateFrom(shown) };
}
