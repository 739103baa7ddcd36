import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Logger } from '../log.ts';
import { CONNECTION_WINDOW, frame, readFrames, SESSION_MEMORY } from './frame.ts';
import { takeOver } from './handover.ts';
import { GrpcError, GrpcStatus, statusOf } from './status.ts';
import { writable } from './writable.ts';

/** A call as its handler sees it: bytes in, bytes out. */
export interface GrpcCall {
  readonly metadata: IncomingHttpHeaders;
  /** What the client sends, until it closes its side. */
  readonly messages: AsyncIterable<Buffer>;
  /** Aborts when the client cancels the call or hangs up. */
  readonly signal: AbortSignal;
  /** Resolves when the client may be sent more. */
  send(message: Uint8Array): Promise<void>;
}

/** Ends the call with status 0 when it returns, with that of the error when it throws. */
export type GrpcHandler = (call: GrpcCall) => Promise<void>;

/** Handlers by `/package.Service/Method`. */
export type GrpcMethods = ReadonlyMap<string, GrpcHandler>;

/** Calls at the same time on one connection: a client that builds a hundred things makes a few for each. */
const MOST_CALLS = 1000;
/** An error may bring the whole Dockerfile along. */
const LARGEST_HEADERS = 4 << 20;
const LARGEST_DETAILS = 2 << 20;

/**
 * Serves gRPC on a connection that speaks HTTP/2 from its first byte.
 * @returns when the connection is closed
 */
export async function serveGrpc(socket: Duplex, methods: GrpcMethods, logger: Logger): Promise<void> {
  const { performServerHandshake } = process.getBuiltinModule('node:http2');
  const session = performServerHandshake(takeOver(socket), {
    maxSendHeaderBlockLength: LARGEST_HEADERS,
    maxSessionMemory: SESSION_MEMORY,
    settings: { initialWindowSize: 1 << 20, maxConcurrentStreams: MOST_CALLS },
  });
  if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW);
  session.on('error', () => session.destroy());
  session.on('stream', (stream, headers) => void answer(stream, headers, methods, logger));
  await new Promise<void>((resolve) => session.once('close', resolve)); // errors end it, too
}

/** Why a call has an end; made once, for each is a picture of the stack. */
const over = new DOMException('the call is over', 'AbortError');

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  methods: GrpcMethods,
  logger: Logger,
): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort(over);
  stream.on('error', leave).once('close', leave);
  const path = String(headers[':path']);
  try {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    const handler = methods.get(path);
    if (!handler) throw new GrpcError(GrpcStatus.unimplemented, `unknown method ${path}`);
    await handler({
      metadata: headers,
      messages: readFrames(stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>),
      signal: gone.signal,
      send: (message) => send(stream, message, gone.signal),
    });
    finish(stream, { code: GrpcStatus.ok, message: '' });
  } catch (error) {
    const status = statusOf(error);
    if (status.code === GrpcStatus.internal) logger.warn('call failed', { call: path, error });
    finish(stream, status);
  }
}

async function send(stream: ServerHttp2Stream, message: Uint8Array, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (stream.write(frame(message))) return;
  await writable(stream);
  signal.throwIfAborted();
}

function finish(
  stream: ServerHttp2Stream,
  { code, message, details }: { code: number; message: string; details?: Uint8Array },
): void {
  if (stream.destroyed || stream.closed) return;
  stream.once('wantTrailers', () => {
    stream.sendTrailers({
      'grpc-status': String(code),
      ...(message !== '' && { 'grpc-message': encodeMessage(message) }),
      ...(details &&
        details.length <= LARGEST_DETAILS && {
          'grpc-status-details-bin': Buffer.from(details).toString('base64'),
        }),
    });
  });
  if (!stream.readableEnded) discardRest(stream);
  stream.end();
}

/** What a client still sends to a call that is over is of no interest, and may not go on for long. */
function discardRest(stream: ServerHttp2Stream): void {
  const late = setTimeout(() => stream.close(), 5000).unref();
  stream.once('close', () => clearTimeout(late)).resume();
}

/** Messages are for people: a cut one says enough, one that is too long is not sent at all. */
const LONGEST_TEXT = 64 << 10;

const encodeMessage = (message: string): string =>
  encodeURIComponent(message.slice(0, LONGEST_TEXT).toWellFormed()).replaceAll('%20', ' ');
