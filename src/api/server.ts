import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { EngineError, messageOf, notFound } from '../lib/errors.ts';
import { createServer } from '../lib/http.ts';
import { createServer as createSecureServer } from '../lib/https.ts';
import { API_VERSION } from '../wire/system.ts';
import type { Answer, Call, Headers } from './call.ts';
import type { Engine } from './engine.ts';
import { endWithReader } from './end-with-reader.ts';
import { errorAnswer } from './errors.ts';
import { makeRouter, type Router } from './router.ts';
import { routes } from './routes.ts';
import { negotiate } from './version.ts';
import { writeAnswer } from './write-answer.ts';
import { writeUpgraded } from './write-upgraded.ts';

/** Serves the Engine API, over TLS where its options are given. The caller listens, and closes it. */
export function createApiServer(engine: Engine, tls?: TlsOptions): Server {
  const router = makeRouter(routes);
  const head = commonHeaders(engine);
  const server = newServer(tls, {
    // an upload or a `logs -f` may take as long as it likes, and an idle client (Compose, an SDK) keeps its connection
    requestTimeout: 0,
    keepAliveTimeout: 0,
    maxHeaderSize: 64 << 10,
    shouldUpgradeCallback: isHijack,
  });
  server.on('request', (request, response) => void answerRequest(request, response));
  server.on('upgrade', (request, socket, early) => void answerUpgrade(request, socket, early));
  server.on('clientError', answerBroken);
  let isLocal = false;
  server.once('listening', () => {
    const address = server.address(); // of an inherited unix socket there is none
    isLocal = address === null || typeof address === 'string';
  });

  async function answerRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    const answer = await handle(request, { signal: gone.signal, isLocal }, engine, router);
    await writeAnswer(request, response, answer, head, engine.logger);
  }

  async function answerUpgrade(request: IncomingMessage, socket: Duplex, early: Buffer): Promise<void> {
    const gone = new AbortController();
    socket.on('error', () => gone.abort());
    socket.once('close', () => gone.abort());
    const answer = await handle(request, { signal: gone.signal, isLocal }, engine, router);
    if (early.length > 0) socket.unshift(early);
    endWithReader(socket);
    await writeUpgraded(socket, answer, head, engine.logger);
  }

  return server;
}

/** Options of Node's TLS server. */
type TlsOptions = Parameters<typeof createSecureServer>[0] & object;

function newServer(
  tls: TlsOptions | undefined,
  options: Parameters<typeof createServer>[0] & object,
): Server {
  if (!tls) return createServer(options);
  const halfOpen = { allowHalfOpen: true }; // a client that has no more input still wants its output
  return createSecureServer({ ...options, ...tls, ...halfOpen });
}

/** From the request to an answer; never throws. */
async function handle(
  request: IncomingMessage,
  { signal, isLocal }: Pick<Call, 'signal' | 'isLocal'>,
  engine: Engine,
  router: Router,
): Promise<Answer> {
  const name = `${request.method} ${request.url}`;
  try {
    refuseBrowsers(request);
    const asked = rawPath(request.url ?? '/');
    if (asked.includes('//')) return moved(request.url ?? '/');
    const { path, version } = negotiate(asked);
    const match = router(request.method ?? '', path, version);
    if (!match) throw notFound('page not found');
    const call: Call = {
      method: request.method ?? '',
      path,
      params: match.params,
      query: rawQuery(request.url ?? ''),
      version,
      headers: request.headers,
      body: bodyOf(request),
      signal,
      isLocal,
    };
    engine.logger.debug('request', { request: name });
    return await match.handler(call, engine);
  } catch (error) {
    return errorAnswer(error, engine.logger, name);
  }
}

/**
 * The path as sent, but for letters and digits in needless escapes: `URL` would resolve `..` and so hide what a client asked for.
 */
function rawPath(url: string): string {
  const path = url.replace(/^https?:\/\/[^/]*/, '').replace(/[?#].*$/s, '');
  const plain = path.replaceAll(/%[3-7][0-9a-f]/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return /[a-z0-9]/i.test(character) ? character : escape;
  });
  return plain.startsWith('/') ? plain : `/${plain}`;
}

/** Where a path with doubled slashes leads, such as that of a container named `/web`: clients follow this, as with Docker. */
function moved(url: string): Answer {
  const [path = '', ...query] = url.replace(/^https?:\/\/[^/]*/, '').split('?');
  const location = [path.replaceAll(/\/{2,}/g, '/'), ...query].join('?');
  return { type: 'empty', status: 301, headers: { Location: location } };
}

async function* bodyOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new EngineError('cancelled', 'the client hung up before the end of its request', { cause: error });
  }
}

/** Not by `URL`, which refuses some of what Docker's clients may send. */
function rawQuery(url: string): URLSearchParams {
  return new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? '');
}

/** A web page must not drive an engine that listens on loopback; no Docker client sends an Origin. */
function refuseBrowsers(request: IncomingMessage): void {
  const origin = request.headers.origin;
  if (origin !== undefined && request.socket.remoteAddress !== undefined)
    throw new EngineError('forbidden', `requests from web pages are refused (origin ${origin})`);
}

const hijacked: Readonly<Record<string, RegExp>> = {
  tcp: /\/(?:containers\/[^/]+\/attach|exec\/[^/]+\/start)$/,
  h2c: /\/(?:grpc|session)$/,
  websocket: /\/containers\/[^/]+\/attach\/ws$/,
};

/** Only `attach`, `exec start` and BuildKit's calls take over the connection; any other upgrade is answered as an ordinary request. */
function isHijack({ headers, url = '' }: IncomingMessage): boolean {
  const protocol = headers.upgrade?.toLowerCase() ?? '';
  return Object.hasOwn(hijacked, protocol) && hijacked[protocol]?.test(rawPath(url)) === true;
}

/** Bytes that are no HTTP request. */
function answerBroken(error: Error, socket: Duplex): void {
  if (!socket.writable) return;
  const body = JSON.stringify({ message: `malformed HTTP request: ${messageOf(error)}` });
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

function commonHeaders(engine: Engine): Headers {
  return {
    'Api-Version': API_VERSION,
    'Docker-Experimental': String(engine.facts.experimental),
    Ostype: 'linux',
    Server: `Lading/${engine.facts.version} (linux)`,
  };
}
