import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { Duplex } from 'node:stream';
import { GrpcClient, type GrpcStream } from '../../lib/grpc/client.ts';
import { GrpcError, GrpcStatus } from '../../lib/grpc/status.ts';
import type { Codec } from '../messages.ts';

/** The connection that a client opens for its build, over which the build asks it for files, credentials and secrets. */
export class Session {
  readonly id: string;
  /** Names the client and what it builds over several builds; '' when it does not say. */
  readonly sharedKey: string;
  private readonly client: GrpcClient;
  /** `/package.Service/Method`, in lower case. */
  private readonly methods: ReadonlySet<string>;

  constructor(socket: Duplex, headers: IncomingHttpHeaders) {
    const one = (name: string): string => String(headers[name] ?? '');
    this.id = one('x-docker-expose-session-uuid');
    this.sharedKey = one('x-docker-expose-session-sharedkey');
    this.methods = new Set(
      one('x-docker-expose-session-grpc-method')
        .split(',')
        .map((method) => method.trim().toLowerCase()),
    );
    this.client = new GrpcClient(socket);
    const gone = new AbortController();
    this.gone = gone.signal;
    const reason = new DOMException('the client closed its session', 'AbortError');
    void this.client.closed.then(() => gone.abort(reason));
  }

  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;

  /** Settles when the client has gone. */
  get closed(): Promise<void> {
    return this.client.closed;
  }

  supports(method: string): boolean {
    return this.methods.has(method.toLowerCase());
  }

  open(method: string, metadata?: OutgoingHttpHeaders, signal?: AbortSignal): GrpcStream {
    this.check(method);
    return this.client.open(method, metadata, signal);
  }

  async call<Request, Answer>(
    method: string,
    [request, answer]: readonly [Codec<Request>, Codec<Answer>],
    message: Partial<Request>,
    signal?: AbortSignal,
    metadata: OutgoingHttpHeaders = {},
  ): Promise<Answer> {
    this.check(method);
    return answer.decode(await this.client.call(method, request.encode(message), metadata, signal));
  }

  private check(method: string): void {
    if (!this.supports(method))
      throw new GrpcError(GrpcStatus.unimplemented, `the client does not offer ${method.slice(1)}`);
  }

  [Symbol.dispose](): void {
    this.client[Symbol.dispose]();
  }
}
