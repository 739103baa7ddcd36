import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { once } from 'node:events';
import type { Logger } from '../log.ts';
import { frame, readFrames } from './frame.ts';
import { GrpcError, GrpcStatus, statusOf } from './status.ts';

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

const LARGEST_MESSAGE = 64 << 20;

/**
 * Serves gRPC on a connection that speaks HTTP/2 from its first byte.
 * @returns when the connection is closed
 */
export async function serveGrpc(socket: Duplex, methods: GrpcMethods, logger: Logger): Promise<void> {
  const { performServerHandshake } = process.getBuiltinModule('node:http2');
  const session = performServerHandshake(socket, { settings: { initialWindowSize: 1 << 20 } });
  session.on('error', () => session.destroy());
  session.on('stream', (stream, headers) => void answer(stream, headers, methods, logger));
  await once(session, 'close');
}

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  methods: GrpcMethods,
  logger: Logger,
): Promise<void> {
  const gone = new AbortController();
  stream.on('error', () => gone.abort());
  stream.once('close', () => gone.abort());
  const path = String(headers[':path']);
  try {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    const handler = methods.get(path);
    if (!handler) throw new GrpcError(GrpcStatus.unimplemented, `unknown method ${path}`);
    await handler({
      metadata: headers,
      messages: readFrames(
        stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>,
        LARGEST_MESSAGE,
      ),
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
  if (!stream.write(frame(message))) await once(stream, 'drain', { signal });
}

function finish(
  stream: ServerHttp2Stream,
  { code, message, details }: { code: number; message: string; details?: Uint8Array },
): void {
  if (stream.destroyed || stream.closed) return;
  stream.once('wantTrailers', () =>
    stream.sendTrailers({
      'grpc-status': String(code),
      ...(message !== '' && { 'grpc-message': encodeURIComponent(message).replaceAll('%20', ' ') }),
      ...(details && { 'grpc-status-details-bin': Buffer.from(details).toString('base64') }),
    }),
  );
  stream.end();
}
