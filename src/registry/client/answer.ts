import type { IncomingMessage } from 'node:http';
import { EngineError, invalid, type ErrorKind } from '../../lib/errors.ts';
import { parseChallenges } from './challenge.ts';

/** An error that a registry answered with (distribution spec, error codes). */
export class RegistryError extends EngineError {
  /** Such as `MANIFEST_UNKNOWN`; empty when the answer has no code. */
  readonly code: string;
  readonly status: number;
  /** Milliseconds that the registry asks to wait. */
  readonly retryAfter: number | undefined;

  constructor(
    kind: ErrorKind,
    message: string,
    answer: { code: string; status: number; retryAfter: number | undefined },
  ) {
    super(kind, message);
    this.name = 'RegistryError';
    this.code = answer.code;
    this.status = answer.status;
    this.retryAfter = answer.retryAfter;
  }
}

/** Reads a body of at most `limit` bytes. */
export async function readBody(
  response: IncomingMessage,
  limit: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw invalid(`the registry's answer is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  return Buffer.concat(chunks);
}

/** Lets an unread answer go without reading much of it. */
export function discard(response: IncomingMessage): void {
  const length = Number(response.headers['content-length'] ?? Number.NaN);
  if (response.complete || length < 65_536 || response.statusCode === 204) response.resume();
  else response.destroy();
}

const kinds: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  429: 'unavailable',
};
const codeTexts: Readonly<Record<string, string>> = {
  DENIED: 'requested access to the resource is denied',
  UNAUTHORIZED: 'authentication required',
  MANIFEST_UNKNOWN: 'manifest unknown',
  NAME_UNKNOWN: 'repository name not known to registry',
  BLOB_UNKNOWN: 'blob unknown to registry',
  TOOMANYREQUESTS: 'too many requests',
};

/** Makes an error of an answer: `denied: requested access to the resource is denied`. Consumes the answer. */
export async function errorOf(response: IncomingMessage, request: string): Promise<RegistryError> {
  const status = response.statusCode ?? 0;
  const body = await readBody(response, 65_536).catch(() => Buffer.alloc(0));
  const { code, message } = fromChallenge(response) ?? fromBody(body) ?? fromStatus(status);
  const named = code === '' ? '' : `${code.toLowerCase().replaceAll('_', ' ')}: `;
  const text =
    code === '' ? `${request}: ${message}` : `${named}${message || (codeTexts[code] ?? `status ${status}`)}`;
  const wait = retryAfter(response);
  const limit = status === 429 ? rateLimitText(response, wait) : '';
  const kind = code === 'DENIED' ? 'forbidden' : (kinds[status] ?? 'unavailable');
  return new RegistryError(kind, text + limit, { code, status, retryAfter: wait });
}

interface Explained {
  code: string;
  message: string;
}

/** RFC 6750, section 3.1: the reason why a token was refused. */
function fromChallenge(response: IncomingMessage): Explained | undefined {
  if (response.statusCode !== 401) return undefined;
  for (const { scheme, parameters } of parseChallenges(response.headers['www-authenticate'] ?? '')) {
    if (scheme !== 'bearer') continue;
    const message = oneLine(parameters['error_description'] ?? '');
    if (parameters['error'] === 'invalid_token') return { code: 'UNAUTHORIZED', message };
    if (parameters['error'] === 'insufficient_scope') return { code: 'DENIED', message };
  }
  return undefined;
}

function fromBody(body: Buffer): Explained | undefined {
  try {
    const parsed = JSON.parse(body.toString()) as {
      errors?: { code?: unknown; message?: unknown }[];
      details?: unknown;
    };
    const first = parsed.errors?.[0];
    if (typeof first?.code === 'string')
      return { code: first.code, message: oneLine(typeof first.message === 'string' ? first.message : '') };
    if (typeof parsed.details === 'string') return { code: 'UNAUTHORIZED', message: oneLine(parsed.details) };
  } catch {
    // no JSON: the status says what there is to say
  }
  return undefined;
}

function fromStatus(status: number): Explained {
  if (status === 401) return { code: 'UNAUTHORIZED', message: '' };
  if (status === 429) return { code: 'TOOMANYREQUESTS', message: '' };
  return { code: '', message: `received unexpected HTTP status: ${status}` };
}

const oneLine = (text: string): string =>
  text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 400);

/** Says how many pulls a registry allows and when to come back, from the headers that Docker Hub and others send. */
function rateLimitText(response: IncomingMessage, after: number | undefined): string {
  const [, count, window] =
    /^(\d+)(?:;w=(\d+))?/.exec(String(response.headers['ratelimit-limit'] ?? '')) ?? [];
  const allowed =
    count === undefined
      ? ''
      : `${count} requests${window === undefined ? '' : ` in ${window} s`} are allowed; `;
  const wait = after === undefined ? 'try again later' : `try again in ${Math.ceil(after / 1000)} s`;
  return ` (${allowed}${wait}, log in, or set a mirror)`;
}

function retryAfter(response: IncomingMessage): number | undefined {
  const text = response.headers['retry-after'];
  if (text === undefined) return undefined;
  const delay = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(delay) ? Math.max(0, delay) : undefined;
}
