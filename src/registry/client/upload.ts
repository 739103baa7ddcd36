import type { IncomingMessage } from 'node:http';
import { EngineError } from '../../lib/errors.ts';
import { discard, RegistryError } from './answer.ts';
import { pause, pauseBefore } from './backoff.ts';
import { hasBlob } from './blob.ts';
import type { Connection } from './connection.ts';
import { isTransient } from './transport.ts';
import type { UploadResult, UploadSource } from './types.ts';

export interface UploadCall {
  readonly path: string;
  readonly mountFrom?: readonly string[] | undefined;
  readonly onBytes?: ((sent: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Smaller blobs go in one request; larger ones in a session that can be taken up again. */
const MONOLITHIC = 16 << 20;
const FAILURES = 5;
/** A registry may copy and hash a large blob before it answers. */
const FINISH = 15 * 60_000;

/** Brings a blob into a repository: there already, mounted from a sibling, or sent. */
export async function upload(
  connection: Connection,
  source: UploadSource,
  call: UploadCall,
): Promise<UploadResult> {
  const { digest } = source;
  if (await hasBlob(connection, { path: call.path, digest, signal: call.signal })) return { done: 'exists' };
  for (const from of call.mountFrom ?? []) {
    if (await mount(connection, source, call, from)) return { done: 'mounted', from };
  }
  await send(connection, source, call);
  return { done: 'uploaded' };
}

/** Asks the registry to link a blob from another of its repositories. What it opens instead of that is left to expire. */
async function mount(
  connection: Connection,
  { digest }: UploadSource,
  call: UploadCall,
  from: string,
): Promise<boolean> {
  const query = new URLSearchParams({ mount: digest, from });
  try {
    const response = await post(connection, call, `?${query.toString()}`, [201, 202]);
    return response.statusCode === 201;
  } catch (error) {
    if (error instanceof RegistryError && error.status < 500 && error.status !== 429) return false; // not allowed to read there: send it
    throw error;
  }
}

async function post(
  connection: Connection,
  call: UploadCall,
  query: string,
  ok: number[],
): Promise<IncomingMessage> {
  const response = await connection.call(`/v2/${call.path}/blobs/uploads/${query}`, {
    method: 'POST',
    headers: { 'content-length': '0' },
    ok,
    repeat: true,
    signal: call.signal,
  });
  discard(response);
  return response;
}

async function send(connection: Connection, source: UploadSource, call: UploadCall): Promise<void> {
  let session: URL | undefined;
  for (let failures = 0, sent = 0; ;) {
    try {
      session ??= await openSession(connection, call);
      if (source.size > MONOLITHIC) session = await patch(connection, source, call, { session, from: sent });
      await finish(connection, source, call, session);
      return;
    } catch (error) {
      failures += 1;
      if (failures > FAILURES || call.signal?.aborted || !mayPass(error)) throw error;
      await pause(pauseBefore(failures), call.signal);
      const at =
        session && source.size > MONOLITHIC ? await progressOf(connection, call, session) : undefined;
      if (at === undefined || at.sent > source.size) session = undefined;
      else session = at.session;
      sent = session ? (at?.sent ?? 0) : 0;
    }
  }
}

const mayPass = (error: unknown): boolean =>
  isTransient(error) ||
  (error instanceof RegistryError && (error.status >= 500 || error.code === 'BLOB_UPLOAD_UNKNOWN'));

async function openSession(connection: Connection, call: UploadCall): Promise<URL> {
  const response = await post(connection, call, '', [202]);
  return locationOf(connection, response, new URL(await connection.origin(call.signal)));
}

/** Sends all bytes from `from` on into the session. */
async function patch(
  connection: Connection,
  source: UploadSource,
  call: UploadCall,
  { session, from }: { session: URL; from: number },
): Promise<URL> {
  if (from === source.size) return session;
  const response = await connection.call(session, {
    method: 'PATCH',
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(source.size - from),
      'content-range': `${from}-${source.size - 1}`,
    },
    body: () => counted(source, from, call.onBytes),
    ok: [202],
    repeat: false,
    silence: FINISH,
    signal: call.signal,
  });
  discard(response);
  return locationOf(connection, response, session);
}

async function finish(
  connection: Connection,
  source: UploadSource,
  call: UploadCall,
  session: URL,
): Promise<void> {
  const whole = source.size <= MONOLITHIC;
  const url = new URL(session);
  url.searchParams.set('digest', source.digest);
  const response = await connection.call(url, {
    method: 'PUT',
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(whole ? source.size : 0),
    },
    ...(whole && { body: () => counted(source, 0, call.onBytes) }),
    ok: [201, 204],
    repeat: false,
    silence: FINISH,
    signal: call.signal,
  });
  discard(response);
}

/** How far an interrupted session got; undefined when the registry does not know it any more. */
async function progressOf(
  connection: Connection,
  call: UploadCall,
  session: URL,
): Promise<{ session: URL; sent: number } | undefined> {
  try {
    const response = await connection.call(session, {
      method: 'GET',
      ok: [204],
      repeat: true,
      signal: call.signal,
    });
    discard(response);
    const last = /^(?:bytes=)?0-(\d+)$/.exec(String(response.headers.range ?? ''))?.[1];
    const sent = last === undefined || last === '0' ? 0 : Number(last) + 1;
    return { session: response.headers.location ? locationOf(connection, response, session) : session, sent };
  } catch (error) {
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
}

async function* counted(
  source: UploadSource,
  from: number,
  onBytes: ((sent: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  let sent = from;
  for await (const chunk of source.open(from)) {
    yield chunk;
    sent += chunk.length;
    onBytes?.(sent);
  }
}

function locationOf(connection: Connection, response: IncomingMessage, base: URL): URL {
  const location = response.headers.location;
  if (location === undefined)
    throw new EngineError('unavailable', 'the registry opened an upload without telling its location');
  return connection.locate(location, base);
}
