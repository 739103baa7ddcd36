import { closeSync, constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOfText } from '../../../lib/byte-string.ts';
import { invalid } from '../../../lib/errors.ts';
import { RootedDirectory } from '../../../lib/rooted-path.ts';

/** A document that is stated about a result. */
export interface SbomDocument {
  /** Name of its file. */
  readonly file: string;
  /** Of the predicate. */
  readonly type: string;
  readonly content: object;
}

const SPDX = 'https://spdx.dev/Document';
const LARGEST = 64 << 20;

/** What a generator left in a directory of its file system: that of the result itself comes first, the others are by name. */
export async function readDocuments(root: string, directory: string): Promise<SbomDocument[]> {
  using files = new RootedDirectory(bytesOfText(root));
  using held = new DisposableStack();
  const fd = held.adopt(files.openDirectory(directory), closeSync);
  const path = `/proc/self/fd/${fd}`;
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => entry.name)
    .sort((a, b) => Number(isCore(b)) - Number(isCore(a)) || (a < b ? -1 : 1));
  const documents: SbomDocument[] = [];
  for (const name of names) documents.push(documentOf(await read(join(path, name), name), name));
  return documents;
}

const isCore = (name: string): boolean => name.split('.')[0] === 'sbom';

async function read(path: string, name: string): Promise<string> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  if ((await file.stat()).size > LARGEST) throw invalid(`${name} exceeds ${LARGEST} bytes`);
  return file.readFile('utf8');
}

/** The document itself, or what is stated in it. */
function documentOf(text: string, file: string): SbomDocument {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw invalid(`cannot decode in-toto statement: ${file} is no JSON`, error);
  }
  const { predicate = parsed, predicateType = SPDX } = (parsed ?? {}) as Record<string, unknown>;
  if (typeof predicate !== 'object' || predicate === null || Array.isArray(predicate))
    throw invalid(`${file} is no document`);
  if (predicateType !== SPDX)
    throw invalid(`bundle entry ${String(predicateType)} does not match required predicate type ${SPDX}`);
  return { file, type: SPDX, content: predicate };
}
