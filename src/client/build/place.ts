import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { readIgnoreFile } from '../../lib/ignore.ts';
import type { BuildCall } from '../../wire/build.ts';
import { findDockerfile, openBuildContext } from '../build-context.ts';
import { directoryCall } from './directories.ts';

/** What a build starts from. */
export interface BuildPlace extends Disposable {
  /** The directory, for an engine on this machine. */
  readonly directory?: string;
  /** Or a URL, which the engine fetches itself. */
  readonly url?: string;
  /** The Dockerfile, for an engine that reads the directory or fetches the URL. */
  readonly dockerfile: BuildCall['dockerfile'];
  /** The context as an archive, with the name of the Dockerfile in it; not of a URL. To be called once. */
  pack?(): { readonly dockerfile: string; readonly tar: AsyncIterable<Uint8Array> };
}

/** What a URL means to the engine. */
export const urlPlace = (url: string, dockerfile: BuildCall['dockerfile']): BuildPlace => ({
  url,
  dockerfile,
  [Symbol.dispose]() {},
});

/** A directory with its Dockerfile: `file`, or the text itself. */
export function directoryPlace(
  directory: string,
  { file, inline }: { readonly file?: string | undefined; readonly inline?: string | undefined } = {},
): BuildPlace {
  directoryCall(directory); // throws where there is none
  return {
    directory,
    dockerfile: inline === undefined ? locate(directory, file) : { text: inline },
    pack: () =>
      openBuildContext(directory, {
        ...(file !== undefined && { dockerfile: file }),
        ...(inline !== undefined && { inline }),
      }),
    [Symbol.dispose]() {},
  };
}

/** One that lies outside of the context is read here, with the ignore file beside it. */
function locate(directory: string, file: string | undefined): BuildCall['dockerfile'] {
  const found = findDockerfile(directory, file);
  const inside = relative(directory, found);
  if (!inside.startsWith('..') && !isAbsolute(inside)) return { path: inside };
  return {
    text: readFileSync(found, 'utf8'),
    name: file ?? found,
    ...ignoreBeside(`${found}.dockerignore`),
  };
}

function ignoreBeside(path: string): { ignore?: readonly string[] } {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? { ignore: readIgnoreFile(readFileSync(path, 'utf8')) } : {};
}
