import { once } from 'node:events';
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { frame, readFrames } from './frame.ts';
import { GrpcError, GrpcStatus } from './status.ts';

const LARGEST_MESSAGE = 64 << 20;

/** A call under way, with messages both ways. */
export interface GrpcStream {
  /** What the server sends. Ends when the call ended well; throws GrpcError otherwise. */
  readonly messages: AsyncIterable<Buffer>;
  /** Resolves when the server may be sent more. */
  send(message: Uint8Array): Promise<void>;
  /** Nothing more will be sent. */
  end(): void;
  /** Ends the call at once. */
  cancel(): void;
}

/** The client's side of gRPC on a connection that is open already. */
export class GrpcClient implements Disposable {
  private readonly session: ClientHttp2Session;
  /** Settles when the connection is gone. */
  readonly closed: Promise<void>;

  constructor(socket: Duplex) {
    const { connect } = process.getBuiltinModule('node:http2');
    this.session = connect('http://localhost', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: 1 << 20 },
    });
    this.session.on('error', () => this.session.destroy());
    this.closed = once(this.session, 'close').then(() => {});
  }

  /** Begins a call of `/package.Service/Method`. */
  open(path: string, metadata: OutgoingHttpHeaders = {}, signal?: AbortSignal): GrpcStream {
    if (this.session.closed || this.session.destroyed)
      throw new GrpcError(GrpcStatus.unavailable, 'the client closed its session');
    const stream = this.session.request(
      {
        ':method': 'POST',
        ':path': path,
        te: 'trailers',
        'content-type': 'application/grpc',
        ...metadata,
      },
      { ...(signal && { signal }) },
    );
    stream.on('error', () => {}); // reading tells it
    return {
      messages: readAnswer(stream),
      async send(message) {
        if (stream.destroyed || stream.writableEnded) return; // reading tells why
        if (!stream.write(frame(message))) await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
      },
      end: () => void stream.end(),
      cancel: () => stream.close(process.getBuiltinModule('node:http2').constants.NGHTTP2_CANCEL),
    };
  }

  /** A call with one message each way. */
  async call(
    path: string,
    message: Uint8Array,
    metadata: OutgoingHttpHeaders = {},
    signal?: AbortSignal,
  ): Promise<Buffer> {
    const stream = this.open(path, metadata, signal);
    await stream.send(message);
    stream.end();
    let answer: Buffer | undefined;
    for await (const received of stream.messages) answer = received;
    if (!answer) throw new GrpcError(GrpcStatus.internal, `${path}: no message in the answer`);
    return answer;
  }

  [Symbol.dispose](): void {
    this.session.destroy();
  }
}

async function* readAnswer(stream: ClientHttp2Stream): AsyncGenerator<Buffer, void, void> {
  let ending: IncomingHttpHeaders = {};
  stream.on('response', (headers) => (ending = headers));
  stream.on('trailers', (headers) => (ending = headers));
  try {
    yield* readFrames(stream as AsyncIterable<Buffer>, LARGEST_MESSAGE);
  } catch (error) {
    if (ending['grpc-status'] === undefined) throw brokenOff(error);
  }
  checkStatus(ending);
}

function checkStatus(headers: IncomingHttpHeaders): void {
  const code = headers['grpc-status'];
  if (code === '0') return;
  if (code === undefined) throw brokenOff(undefined);
  throw new GrpcError(Number(code), decodeMessage(String(headers['grpc-message'] ?? '')));
}

function brokenOff(error: unknown): Error {
  if (error instanceof GrpcError || (error instanceof Error && error.name === 'AbortError')) return error;
  return new GrpcError(GrpcStatus.unavailable, 'the client closed its session in the middle of a call');
}

function decodeMessage(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
