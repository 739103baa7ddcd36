import { createHash, randomBytes } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join, posix } from 'node:path';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeFileAtomic } from '../../lib/atomic-file.ts';
import { EngineError, invalid } from '../../lib/errors.ts';
import { getUrl } from '../../lib/get-url.ts';
import { KeyedLock } from '../../lib/keyed-lock.ts';
import { transportError } from '../../registry/client/transport-error.ts';
import { requestHeaders, splitUrl } from './http-access.ts';
import type { FetchOptions } from './types.ts';
import { UsedDirectories } from './used-directories.ts';

/*
 * <build>/http/<url>/          named by the digest of the URL
 *   meta.json                  Answer
 *   content-<sha256>           what came last
 */
interface Answer {
  readonly digest: string;
  readonly etag: string;
  readonly lastModified: string;
}

/** A file that lay behind a URL. */
export interface Download {
  readonly path: string;
  readonly digest: string;
  /** The file name that the URL ends with, else BuildKit's `__unnamed__`. */
  readonly name: string;
  /** Last-Modified, seconds since 1970. */
  readonly mtime?: number;
}

export interface HttpSource {
  readonly url: string;
  /** `sha256:…` */
  readonly checksum?: string;
}

/** What was loaded from URLs: what has not changed there (ETag, Last-Modified) is not sent again. */
export class HttpStore {
  private readonly root: string;
  private readonly locks = new KeyedLock();
  readonly kept: UsedDirectories;

  constructor(root: string) {
    this.root = root;
    this.kept = new UsedDirectories(root);
  }

  /** Makes `path` a file of that content. Throws `invalid` for an answer other than 200 and for a wrong checksum. */
  async download(source: HttpSource, path: string, options: FetchOptions): Promise<Download> {
    const directory = join(this.root, createHash('sha256').update(source.url).digest('hex').slice(0, 32));
    using _use = this.kept.use(directory);
    const answer = await this.locks.run(
      directory,
      async () => {
        const brought = await bring(source, directory, options);
        linkSync(contentPath(directory, brought.digest), path);
        return brought;
      },
      options,
    );
    const modified = Date.parse(answer.lastModified);
    const mtime = Number.isNaN(modified) ? {} : { mtime: modified / 1000 };
    return { path, digest: answer.digest, name: nameOf(source.url), ...mtime };
  }
}

async function bring(source: HttpSource, directory: string, options: FetchOptions): Promise<Answer> {
  const { checksum } = source;
  const known = readAnswer(directory);
  if (known && checksum === known.digest) return known; // what has this digest is what was asked for
  const { url, shown, authorization } = splitUrl(source.url);
  const headers = await requestHeaders(url, authorization, options);
  const response = await get(url, { ...headers, ...conditions(known) }, options.signal);
  if (known && isUnchanged(response, known)) {
    response.destroy();
    return verified(known, checksum, shown);
  }
  const { statusCode: status = 0, statusMessage: text = '' } = response;
  if (!isOk(response)) {
    response.destroy();
    throw invalid(`ADD failed: failed to GET ${shown} with status ${status} ${text}`);
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const digest = await save(response, directory, options.signal);
  const answer = {
    digest,
    etag: response.headers.etag ?? '',
    lastModified: response.headers['last-modified'] ?? '',
  };
  writeFileAtomic(join(directory, 'meta.json'), JSON.stringify(answer));
  return verified(answer, checksum, shown);
}

const conditions = (known: Answer | undefined): Record<string, string> => ({
  ...(known?.etag && { 'if-none-match': known.etag }),
  ...(known?.lastModified && !known.etag && { 'if-modified-since': known.lastModified }),
});

/** Some servers send all of it again, with the same ETag. */
const isUnchanged = (response: IncomingMessage, { etag }: Answer): boolean =>
  response.statusCode === 304 || (isOk(response) && etag !== '' && response.headers.etag === etag);

const isOk = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300;

function verified(answer: Answer, checksum: string | undefined, shown: string): Answer {
  if (checksum === undefined || checksum === answer.digest) return answer;
  throw invalid(`digest mismatch for ${shown}: ${answer.digest} (expected: ${checksum})`);
}

async function save(response: IncomingMessage, directory: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const hashed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const partial = join(directory, `partial-${randomBytes(6).toString('hex')}`);
  try {
    await pipeline(response, hashed, createWriteStream(partial, { mode: 0o600 }), { signal });
    const digest = `sha256:${hash.digest('hex')}`;
    for (const name of readdirSync(directory)) if (name.startsWith('content-')) rmSync(join(directory, name)); // whoever needs it has a link
    renameSync(partial, contentPath(directory, digest));
    return digest;
  } finally {
    rmSync(partial, { force: true });
  }
}

async function get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
  try {
    return await getUrl(url, { signal, headers });
  } catch (error) {
    signal.throwIfAborted();
    const { message } = transportError('GET', url, error);
    throw new EngineError('unavailable', `ADD failed: ${message}`, { cause: error });
  }
}

function readAnswer(directory: string): Answer | undefined {
  const path = join(directory, 'meta.json');
  if (!existsSync(path)) return undefined;
  const answer = JSON.parse(readFileSync(path, 'utf8')) as Answer;
  return existsSync(contentPath(directory, answer.digest)) ? answer : undefined;
}

const contentPath = (directory: string, digest: string): string =>
  join(directory, `content-${digest.slice('sha256:'.length)}`);

function nameOf(url: string): string {
  const name = posix.basename(new URL(url).pathname);
  try {
    return decodeURIComponent(name).replaceAll(/[/\0]/g, '_') || '__unnamed__';
  } catch {
    return name;
  }
}
