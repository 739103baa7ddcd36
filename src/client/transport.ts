import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EngineError, hasCode } from '../lib/errors.ts';
import * as http from '../lib/http.ts';
import { type ErrorBody, kindOfStatus } from '../wire/status.ts';
import { openConnection, tlsOptions } from './connect.ts';
import { formatHost, type Host } from './host.ts';

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface CallOptions {
  readonly query?: Query;
  /** Sent as JSON; bytes and iterables are sent as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A connection that left HTTP behind (attach, exec): bytes both ways. */
export interface Hijacked {
  readonly socket: Duplex;
  /** Frames (8-byte headers) when true, raw bytes of a tty when false. */
  readonly multiplexed: boolean;
}

/** How the client reaches an engine. Throws EngineError with the engine's message and the kind that its status means. */
export interface Transport {
  readonly host: Host;
  json<T>(method: string, path: string, options?: CallOptions): Promise<T>;
  /** The answer's body as it comes. */
  stream(method: string, path: string, options?: CallOptions): Promise<IncomingMessage>;
  hijack(path: string, options?: CallOptions): Promise<Hijacked>;
  /** Status and headers only. */
  head(path: string, options?: CallOptions): Promise<{ status: number; headers: IncomingHttpHeaders }>;
  close(): void;
}

/** The engine's own refusal, as against what is found wrong on this side. */
export class ResponseError extends EngineError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(kindOfStatus(status), message);
    this.name = 'ResponseError';
    this.status = status;
  }
}

/** The engine could not be reached at all: no socket, nobody listens. */
export class ConnectionError extends EngineError {
  constructor(host: Host, cause: unknown) {
    super('unavailable', `Cannot connect to the engine at ${formatHost(host)}. Is it running?`, { cause });
    this.name = 'ConnectionError';
  }
}

export function httpTransport(host: Host, apiVersion: string): Transport {
  const { request: requestOf, makeAgent } = waysTo(host);
  const agent = makeAgent(true);
  const send = (
    method: string,
    path: string,
    options: CallOptions,
    extra: RequestOptions = {},
  ): ClientRequest => {
    const raw = isRaw(options.body);
    const text = options.body === undefined || raw ? undefined : JSON.stringify(options.body);
    const request = requestOf({
      ...addressOf(host),
      agent,
      method,
      path: `/v${apiVersion}${path}${encodeQuery(options.query)}`,
      headers: {
        Host: 'localhost',
        ...(text !== undefined && {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(text),
        }),
        ...options.headers,
      },
      ...(options.signal && { signal: options.signal }),
      ...extra,
    });
    if (raw) sendBody(options.body as AsyncIterable<Uint8Array> | Uint8Array, request);
    else request.end(text);
    return request;
  };
  const answered = async (request: ClientRequest): Promise<IncomingMessage> => {
    const response = await responseOf(request, host);
    response.on('error', () => {}); // whoever reads it is told; nobody may read it to its end
    if ((response.statusCode ?? 500) >= 400) throw await errorOf(response);
    return response;
  };
  return {
    host,
    async json<T>(method: string, path: string, options: CallOptions = {}) {
      const response = await answered(send(method, path, options));
      const text = (await collect(response)).toString();
      if (response.statusCode === 304) throw new ResponseError(304, 'not modified');
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    stream: (method, path, options = {}) => answered(send(method, path, options)),
    hijack: (path, options = {}) =>
      hijack(send('POST', path, withUpgrade(options), { agent: makeAgent(false) }), host),
    async head(path, options = {}) {
      const response = await responseOf(send('HEAD', path, options), host);
      response.resume();
      return { status: response.statusCode ?? 500, headers: response.headers };
    },
    close: () => agent.destroy(),
  };
}

/** Without TLS Node would still work out its name for the server, by an expression that takes 5 ms to compile. */
const withoutServerName: object = { servername: '' };

function addressOf(host: Host): RequestOptions {
  switch (host.kind) {
    case 'unix':
      return { socketPath: host.path, ...withoutServerName };
    case 'ssh':
      return withoutServerName;
    case 'tcp':
      return {
        host: host.hostname,
        port: host.port,
        ...(host.tls ? tlsOptions(host.tls) : withoutServerName),
      };
  }
}

interface Ways {
  readonly request: (options: RequestOptions) => ClientRequest;
  readonly makeAgent: (keepAlive: boolean) => Agent;
}

function waysTo(host: Host): Ways {
  if (host.kind === 'tcp' && host.tls) {
    const https = process.getBuiltinModule('node:https');
    return { request: https.request, makeAgent: (keepAlive) => new https.Agent({ keepAlive }) };
  }
  return {
    request: http.request,
    makeAgent: (keepAlive) => {
      const agent = new http.Agent({ keepAlive });
      return host.kind === 'ssh' ? Object.assign(agent, { createConnection: connectLater(host) }) : agent;
    },
  };
}

/** Node's agents may be given a connection later. */
const connectLater =
  (host: Host) =>
  (_options: unknown, done: (error: Error | null, connection?: Duplex) => void): void => {
    openConnection(host).then(
      (connection) => done(null, connection),
      (error: Error) => done(error),
    );
  };

const isRaw = (body: unknown): boolean =>
  body instanceof Uint8Array || (typeof body === 'object' && body !== null && Symbol.asyncIterator in body);

/** A body that breaks off breaks the request; its caller learns it from there. */
function sendBody(body: AsyncIterable<Uint8Array> | Uint8Array, request: ClientRequest): void {
  if (body instanceof Uint8Array) request.end(body);
  else pipeline(body, request).catch(() => {});
}

function withUpgrade(options: CallOptions): CallOptions {
  return { ...options, headers: { Connection: 'Upgrade', Upgrade: 'tcp', ...options.headers } };
}

function hijack(request: ClientRequest, host: Host): Promise<Hijacked> {
  return new Promise((resolve, reject) => {
    request.on('upgrade', (response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve({ socket, multiplexed: isMultiplexed(response) });
    });
    request.on('response', (response) => {
      void errorOf(response).then(reject, reject);
    });
    request.on('error', (error) => reject(connectionError(error, host)));
  });
}

const isMultiplexed = (response: IncomingMessage): boolean =>
  response.headers['content-type'] === 'application/vnd.docker.multiplexed-stream';

function responseOf(request: ClientRequest, host: Host): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', (error) => reject(connectionError(error, host)));
  });
}

function connectionError(error: unknown, host: Host): unknown {
  if (host.kind === 'tcp' && error instanceof Error && (host.tls || hasCode(error, 'ECONNRESET')))
    return handshakeError(error, host);
  return hasCode(error, 'ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTFOUND')
    ? new ConnectionError(host, error)
    : hasCode(error, 'ECONNRESET', 'EPIPE')
      ? new EngineError('unavailable', `The engine at ${formatHost(host)} went away`, { cause: error })
      : error;
}

/** What goes wrong where one side speaks TLS and the other doesn't, or one doesn't trust the other. */
function handshakeError(error: Error, host: Host): Error {
  if (hasCode(error, 'ECONNREFUSED', 'ENOTFOUND')) return new ConnectionError(host, error);
  const told = /SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1] ?? error.message;
  const hint = 'tls' in host && host.tls ? '' : ' (if the engine wants TLS: --tlsverify)';
  return new EngineError('unavailable', `error during connect to ${formatHost(host)}: ${told}${hint}`, {
    cause: error,
  });
}

async function errorOf(response: IncomingMessage): Promise<ResponseError> {
  const text = (await collect(response)).toString();
  const status = response.statusCode ?? 500;
  return new ResponseError(
    status,
    messageIn(text) ?? (text.trim() || `the engine answered with status ${status}`),
  );
}

function messageIn(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as Partial<ErrorBody>;
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** All bytes of an answer. */
export async function collect(response: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function encodeQuery(query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === false) continue;
    for (const item of Array.isArray(value) ? (value as readonly string[]) : [value])
      search.append(name, item === true ? '1' : String(item));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}
