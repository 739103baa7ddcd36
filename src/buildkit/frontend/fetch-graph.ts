import { lstatSync } from 'node:fs';
import { resolvePath } from '../../build/ops/tree/resolve-path.ts';
import type { FetchContextOptions } from '../../build/remote/fetch-context.ts';
import type { Builder, ReceivedContext } from '../../build/types.ts';
import { asPath, bytesOfText, textOfBytes } from '../../lib/byte-string.ts';
import { notFound } from '../../lib/errors.ts';
import type { RemoteGraph, Taken } from './remote-graph.ts';
import { shownUrl } from './shown-url.ts';

/** Files of which patterns, as in .dockerignore, leave out what was not taken. */
export type FetchedFiles = ReceivedContext & { readonly ignore: readonly string[] };

/** Fetches what a graph stands for; of a file that is not unpacked it is the file `context`. */
export async function fetchGraph(
  { fetchContext }: Pick<Builder, 'fetchContext'>,
  { url, file, taken }: RemoteGraph,
  options: FetchContextOptions,
): Promise<FetchedFiles> {
  const received = await fetchContext(url, { ...options, ...(file !== undefined && { asFile: true }) });
  try {
    let files: Files = { directory: received.directory };
    for (const one of taken) files = take(files, one, url);
    const { directory, only } = files;
    return { ...received, directory, ignore: only === undefined ? [] : ['*', `!${literal(only)}`] };
  } catch (error) {
    received[Symbol.dispose]();
    throw error;
  }
}

interface Files {
  readonly directory: string;
  /** The one member that counts; undefined = all. */
  readonly only?: string;
}

/** Symlinks don't lead out of the files. */
function take({ directory, only }: Files, { path, contents }: Taken, url: string): Files {
  const root = bytesOfText(directory);
  const place = resolvePath(root, bytesOfText(path), { followLast: contents });
  if (place === '') return { directory, ...(only !== undefined && { only }) };
  const names = textOfBytes(place).split('/');
  const stats = lstatSync(asPath(`${root}/${place}`), { throwIfNoEntry: false });
  if (!stats || (only !== undefined && names[0] !== only))
    throw notFound(`failed to calculate checksum of ref ${shownUrl(url)}: "/${names.join('/')}": not found`);
  if (contents && stats.isDirectory()) return { directory: `${directory}/${names.join('/')}` };
  const name = names.pop() ?? '';
  return { directory: [directory, ...names].join('/'), only: name };
}

const literal = (name: string): string => name.replace(/[\\*?[\]!]/g, '\\$&');
