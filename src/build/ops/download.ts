import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { posix } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EngineError, invalid, messageOf } from '../../lib/errors.ts';

export interface Download {
  readonly path: string;
  readonly digest: string;
  /** The file name that the URL ends with; '' when it has none. */
  readonly name: string;
  /** Last-Modified, seconds since 1970. */
  readonly mtime?: number;
}

/** Loads a URL into a file. Throws `invalid` for an answer other than 200 and for a wrong checksum. */
export async function download(
  source: { readonly url: string; readonly checksum?: string },
  path: string,
  signal: AbortSignal,
): Promise<Download> {
  const url = new URL(source.url);
  const shown = `${url.origin}${url.pathname}`;
  const response = await request(url, shown, signal);
  if (!response.ok || !response.body)
    throw invalid(`ADD failed: failed to GET ${shown} with status ${response.status} ${response.statusText}`);
  const hash = createHash('sha256');
  const hashed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(response.body), hashed, createWriteStream(path, { mode: 0o600 }), {
    signal,
  });
  const digest = `sha256:${hash.digest('hex')}`;
  if (source.checksum !== undefined && source.checksum !== digest) {
    await rm(path, { force: true });
    throw invalid(`digest mismatch for ${shown}: ${digest} (expected: ${source.checksum})`);
  }
  const modified = Date.parse(response.headers.get('last-modified') ?? '');
  const name = decodeURIComponent(posix.basename(url.pathname));
  return { path, digest, name, ...(!Number.isNaN(modified) && { mtime: modified / 1000 }) };
}

async function request(url: URL, shown: string, signal: AbortSignal): Promise<Response> {
  try {
    const { username, password } = url;
    url.username = '';
    url.password = '';
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return await fetch(url, { signal, ...(username !== '' && { headers: { authorization } }) });
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new EngineError('unavailable', `ADD failed: Get ${JSON.stringify(shown)}: ${messageOf(cause)}`, {
      cause: error,
    });
  }
}
