import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { CONNECTION_WINDOW, frame, readBatches, SESSION_MEMORY } from './frame.ts';
import { takeOver } from './handover.ts';
import { readTogether } from './read-together.ts';
import { GrpcError, GrpcStatus } from './status.ts';
import { writable } from './writable.ts';

/** A call under way, with messages both ways. */
export interface GrpcStream {
  /** What the server sends. Ends when the call ended well; throws GrpcError otherwise. */
  readonly messages: AsyncIterable<Buffer>;
  /** Instead of `messages`: those that came together in one list. */
  readonly batches: AsyncIterable<readonly Buffer[]>;
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
      createConnection: () => takeOver(socket),
      maxSessionMemory: SESSION_MEMORY,
      settings: { enablePush: false, initialWindowSize: 1 << 20, maxHeaderListSize: 4 << 20 },
    });
    this.session.once('connect', () => {
      if (!this.session.destroyed) this.session.setLocalWindowSize(CONNECTION_WINDOW);
    });
    this.session.on('error', () => this.session.destroy());
    this.closed = new Promise((resolve) => this.session.once('close', resolve)); // errors end it, too
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
    const batches = readAnswer(stream, endingOf(stream));
    return {
      messages: each(batches),
      batches,
      async send(message) {
        if (stream.destroyed || stream.writableEnded) return; // reading tells why
        if (!stream.write(frame(message))) await writable(stream);
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
    // not while Node is about to hand a new session what came early
    setImmediate(() => this.session.destroy());
  }
}

/** The headers that end a call: those after its messages, or the first ones when there is no message. */
interface Ending {
  headers: IncomingHttpHeaders;
}

/** Listens from the start: a call may be refused before anybody reads its answer. */
function endingOf(stream: ClientHttp2Stream): Ending {
  const ending: Ending = { headers: {} };
  stream.once('response', (headers) => (ending.headers = headers));
  stream.once('trailers', (headers) => (ending.headers = headers));
  return ending;
}

async function* each(batches: AsyncIterable<readonly Buffer[]>): AsyncGenerator<Buffer, void, void> {
  for await (const batch of batches) yield* batch;
}

async function* readAnswer(
  stream: ClientHttp2Stream,
  ending: Ending,
): AsyncGenerator<readonly Buffer[], void, void> {
  try {
    yield* readBatches(readTogether(stream));
  } catch (error) {
    if (ending.headers['grpc-status'] === undefined) throw brokenOff(error);
  }
  checkStatus(ending.headers);
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
