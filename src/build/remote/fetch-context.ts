import { createReadStream, lstatSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOfText } from '../../lib/byte-string.ts';
import { invalid } from '../../lib/errors.ts';
import { walkTree } from '../../lib/walk-tree.ts';
import type { ContextStore } from '../context/context-store.ts';
import type { OfferedEntry } from '../context/receive-offered.ts';
import { isArchive } from '../ops/tree/unpack.ts';
import { fileByPolicy, gitByPolicy } from '../policy/apply-policy.ts';
import type { SourcePolicy } from '../policy/source-policy.ts';
import type { ReceivedContext } from '../types.ts';
import type { GitStore } from './git-store.ts';
import { parseGitUrl } from '../../lib/git-url.ts';
import type { HttpStore } from './http-store.ts';
import type { FetchOptions } from './types.ts';

export interface RemoteStores {
  readonly contexts: ContextStore;
  readonly git: GitStore;
  readonly http: HttpStore;
  /** Makes a directory for files that are needed for a moment. */
  readonly scratch: () => { readonly path: string } & Disposable;
}

export interface FetchContextOptions extends FetchOptions {
  readonly keepGitDir?: boolean;
  /** Leaves a file behind a URL as it is, as the file `context`. */
  readonly asFile?: boolean;
  /** What may be read, and what is read instead; default: everything. */
  readonly policy?: SourcePolicy | undefined;
}

/** More than any Dockerfile has. */
const LARGEST = 16 << 20;

/** Whether the name of a context means something that the engine fetches itself. */
export const isRemote = (text: string): boolean =>
  /^https?:\/\//i.test(text) || parseGitUrl(text, { short: true }) !== undefined;

/** The files of a git repository, of an archive behind a URL, or a Dockerfile alone. Throws `invalid` for anything else. */
export async function fetchContext(
  stores: RemoteStores,
  remote: string,
  options: FetchContextOptions,
): Promise<ReceivedContext> {
  const asked = parseGitUrl(remote, { short: true });
  if (asked) {
    const git = gitByPolicy(options.policy, asked);
    const keepGitDir = git.keepGitDir ?? options.keepGitDir;
    return stores.git.checkout({ ...git, ...(keepGitDir !== undefined && { keepGitDir }) }, options);
  }
  if (!URL.canParse(remote) || !/^https?:/i.test(remote))
    throw invalid(`invalid remote build context: ${remote}`);
  using scratch = stores.scratch();
  const file = await stores.http.download(
    fileByPolicy(options.policy, { url: remote }),
    join(scratch.path, 'context'),
    options,
  );
  const lineage = `remote ${remote}`;
  const madeAt = async (): Promise<number | undefined> => file.mtime;
  if (options.asFile)
    return { ...(await stores.contexts.receiveFiles(oneFile(file.path, file.mtime ?? 0), lineage)), madeAt };
  if (await isArchive(bytesOfText(file.path))) {
    const reading = { lineage, signal: options.signal };
    const received = await stores.contexts.receive(createReadStream(file.path), reading);
    return { ...received, madeAt: async () => file.mtime ?? newestIn(received.directory) };
  }
  if (statSync(file.path).size > LARGEST)
    throw invalid(`what ${new URL(remote).pathname} serves is neither an archive nor a Dockerfile`);
  const received = await stores.contexts.receiveFiles(noFiles(), lineage);
  return { ...received, dockerfile: readFileSync(file.path, 'utf8'), madeAt };
}

/** The time of the newest file. */
async function newestIn(directory: string): Promise<number | undefined> {
  let newest: number | undefined;
  for await (const { place, entry } of walkTree(directory)) {
    if (!entry.isFile()) continue;
    const seconds = Math.floor(lstatSync(place).mtimeMs / 1000);
    if (newest === undefined || seconds > newest) newest = seconds;
  }
  return newest;
}

async function* noFiles(): AsyncGenerator<OfferedEntry> {}

async function* oneFile(path: string, mtime: number): AsyncGenerator<OfferedEntry> {
  const content = (): AsyncIterable<Buffer> => createReadStream(path);
  yield {
    kind: 'file',
    name: bytesOfText('context'),
    meta: { mode: 0o600, mtime },
    size: statSync(path).size,
    content,
  };
}
