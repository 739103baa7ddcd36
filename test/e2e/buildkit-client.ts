import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type {
  FileStat,
  FrontendResult,
  FrontendSolveRequest,
  OptionsEntry,
  Packet,
  SolveRequest,
  SolveResponse,
  StatusResponse,
} from '../../src/buildkit/message-types.ts';
import { codec } from '../../src/buildkit/messages.ts';
import { goMode } from '../../src/buildkit/session/file-mode.ts';
import { GrpcClient } from '../../src/lib/grpc/client.ts';
import { type GrpcCall, type GrpcHandler, serveGrpc } from '../../src/lib/grpc/server.ts';
import { GrpcError, GrpcStatus } from '../../src/lib/grpc/status.ts';
import { silentLogger } from '../../src/lib/log.ts';

const CONTROL = 'moby.buildkit.v1';
const GATEWAY = 'moby.buildkit.v1.frontend';

const packets = codec<Packet>('fsutil.types.Packet');
const pieces = codec<{ data: Uint8Array }>('moby.session.BytesMessage');
const [STAT, REQ, DATA, FIN] = [0, 1, 2, 3];

/** Contents by path; a value that is no text is a symlink. Directories come by themselves. */
export type TestFiles = Readonly<Record<string, string | { readonly link: string }>>;

export interface TestClientOptions {
  /** Directories by the names that builds use: `context`, `dockerfile`. */
  readonly directories?: Readonly<Record<string, TestFiles>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** What the first output of a build is. */
  readonly output?: 'file' | 'directory';
  /** Services of the session by method, in the place of those that behave. */
  readonly services?: Readonly<Record<string, GrpcHandler>>;
  readonly session?: string;
  /** Names the client over several sessions. */
  readonly sharedKey?: string;
}

export interface TestBuild {
  readonly response: Readonly<Record<string, string>>;
  /** All that was told, in one. */
  readonly status: StatusResponse;
}

/** Takes a connection over by an upgrade of HTTP/1.1. */
export async function upgrade(
  socketPath: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Socket> {
  const socket = connect(socketPath);
  await once(socket, 'connect');
  const lines = Object.entries({ Host: 'engine', Connection: 'Upgrade', Upgrade: 'h2c', ...headers });
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.map((line) => `${line.join(': ')}\r\n`).join('')}\r\n`);
  let head = Buffer.alloc(0);
  while (!head.includes('\r\n\r\n')) {
    const [data] = (await once(socket, 'data')) as [Buffer];
    head = Buffer.concat([head, data]);
  }
  socket.pause();
  if (!head.toString().startsWith('HTTP/1.1 101')) throw new Error(`no upgrade: ${head.toString()}`);
  socket.unshift(head.subarray(head.indexOf('\r\n\r\n') + 4));
  return socket;
}

/** A small client of BuildKit's protocol: it calls the builder, and serves what the builder asks for. */
export class BuildKitTestClient implements AsyncDisposable {
  readonly session: string;
  readonly calls: GrpcClient;
  readonly sessionSocket: Socket;
  readonly callSocket: Socket;
  /** What outputs sent: the bytes of a file, or a directory's files. */
  readonly received: { bytes: Buffer; files: Map<string, Buffer> };
  /** Paths whose contents were asked for. */
  readonly asked: string[];
  private readonly served: Promise<void>;

  private constructor(
    session: string,
    sockets: { call: Socket; session: Socket },
    served: Promise<void>,
    kept: Pick<BuildKitTestClient, 'received' | 'asked'>,
  ) {
    this.session = session;
    this.callSocket = sockets.call;
    this.sessionSocket = sockets.session;
    this.calls = new GrpcClient(sockets.call);
    this.served = served;
    this.received = kept.received;
    this.asked = kept.asked;
  }

  static async connect(socketPath: string, options: TestClientOptions = {}): Promise<BuildKitTestClient> {
    const id = options.session ?? randomUUID();
    const kept = { received: { bytes: Buffer.alloc(0), files: new Map<string, Buffer>() }, asked: [] };
    const methods = new Map(Object.entries({ ...servicesOf(options, kept), ...options.services }));
    const session = await upgrade(socketPath, '/session', {
      'X-Docker-Expose-Session-Uuid': id,
      'X-Docker-Expose-Session-Name': 'test',
      'X-Docker-Expose-Session-Sharedkey': options.sharedKey ?? `test ${id}`,
      'X-Docker-Expose-Session-Grpc-Method': [...methods.keys()].join(','),
    });
    const served = serveGrpc(session, methods, silentLogger);
    const call = await upgrade(socketPath, '/grpc');
    return new BuildKitTestClient(id, { call, session }, served, kept);
  }

  /** Any method with one message each way, by the names of its service and messages. */
  async call<Answer extends object>(
    method: string,
    message: object,
    { ref, signal }: { ref?: string; signal?: AbortSignal } = {},
  ): Promise<Answer> {
    const [service = '', name = ''] = method.split('/');
    const [prefix, path] =
      service === 'Control' ? [CONTROL, `${CONTROL}.Control`] : [GATEWAY, `${GATEWAY}.LLBBridge`];
    const request = codec<object>(`${prefix}.${name}Request`).encode(message);
    const headers = ref === undefined ? {} : { 'buildkit-controlapi-buildid': ref };
    const answer = await this.calls.call(`/${path}/${name}`, request, headers, signal);
    return codec<Answer>(`${prefix}.${name}Response`).decode(answer);
  }

  /** Everything that is told of a build, until it is over. */
  async status(Ref: string, signal?: AbortSignal): Promise<StatusResponse> {
    const all: StatusResponse = { vertexes: [], statuses: [], logs: [], warnings: [] };
    for await (const part of this.stream<StatusResponse>(
      'Status',
      'StatusRequest',
      'StatusResponse',
      { Ref },
      signal,
    )) {
      all.vertexes.push(...part.vertexes);
      all.statuses.push(...part.statuses);
      all.logs.push(...part.logs);
      all.warnings.push(...part.warnings);
    }
    return all;
  }

  async *stream<Answer extends object>(
    method: string,
    request: string,
    answer: string,
    message: object,
    signal?: AbortSignal,
  ): AsyncGenerator<Answer> {
    const stream = this.calls.open(`/${CONTROL}.Control/${method}`, {}, signal);
    await stream.send(codec<object>(`${CONTROL}.${request}`).encode(message));
    stream.end();
    for await (const bytes of stream.messages) yield codec<Answer>(`${CONTROL}.${answer}`).decode(bytes);
  }

  /** A build whose frontend the engine runs. */
  async build(
    FrontendAttrs: Readonly<Record<string, string>> = {},
    {
      ref = randomUUID(),
      exporters = [],
      more = {},
      signal,
    }: {
      ref?: string;
      exporters?: OptionsEntry[];
      more?: Partial<SolveRequest>;
      signal?: AbortSignal;
    } = {},
  ): Promise<TestBuild> {
    const request = this.request(ref, {
      Frontend: 'dockerfile.v0',
      FrontendAttrs,
      Exporters: exporters,
      ...more,
    });
    const [{ ExporterResponse: response }, status] = await Promise.all([
      this.call<SolveResponse>('Control/Solve', request, { ...(signal && { signal }) }),
      this.status(ref).catch(() => ({ vertexes: [], statuses: [], logs: [], warnings: [] })),
    ]);
    return { response, status };
  }

  /** A build as buildx makes it: the client runs the frontend, does something with its result, and returns that. */
  async buildByGateway(
    FrontendOpt: Readonly<Record<string, string>>,
    {
      ref = randomUUID(),
      exporters = [],
      use = async () => {},
    }: {
      ref?: string;
      exporters?: OptionsEntry[];
      use?: (result: string, ref: string) => Promise<void>;
    } = {},
  ): Promise<TestBuild & { result: FrontendResult | null }> {
    const solved = this.call<SolveResponse>(
      'Control/Solve',
      this.request(ref, { Frontend: '', Exporters: exporters }),
    );
    const status = this.status(ref).catch(() => ({ vertexes: [], statuses: [], logs: [], warnings: [] }));
    let result: FrontendResult | null = null;
    try {
      const asked: Partial<FrontendSolveRequest> = {
        Frontend: 'dockerfile.v0',
        FrontendOpt: { ...FrontendOpt },
      };
      ({ result } = await this.call<{ result: FrontendResult | null }>('LLBBridge/Solve', asked, { ref }));
      if (result?.ref) await use(result.ref.id, ref);
      await this.call('LLBBridge/Return', { result }, { ref });
    } catch (error) {
      const code = error instanceof GrpcError ? error.code : GrpcStatus.unknown;
      await this.call('LLBBridge/Return', { error: { code, message: String(error) } }, { ref }).catch(
        () => {},
      );
      await solved.catch(() => {});
      throw error;
    }
    return { response: (await solved).ExporterResponse, status: await status, result };
  }

  request(Ref: string, more: Partial<SolveRequest>): Partial<SolveRequest> {
    return { Ref, Session: this.session, ...more };
  }

  /** Hangs up, as a client that was killed. */
  vanish(): void {
    this.callSocket.destroy();
    this.sessionSocket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.calls[Symbol.dispose]();
    this.vanish();
    await this.served;
  }
}

type Kept = { received: BuildKitTestClient['received']; asked: string[] };

function servicesOf(
  { directories = {}, secrets = {}, output }: TestClientOptions,
  kept: Kept,
): Record<string, GrpcHandler> {
  return {
    '/moby.filesync.v1.FileSync/DiffCopy': (call) =>
      sendFiles(call, directories[String(call.metadata['dir-name'])] ?? {}, kept.asked),
    '/moby.buildkit.secrets.v1.Secrets/GetSecret': async ({ messages, send }) => {
      for await (const message of messages) {
        const { ID } = codec<{ ID: string }>('moby.session.GetSecretRequest').decode(message);
        const secret = secrets[ID];
        if (secret === undefined) throw new GrpcError(GrpcStatus.notFound, `secret ${ID} not found`);
        await send(codec<object>('moby.session.GetSecretResponse').encode({ data: Buffer.from(secret) }));
      }
    },
    '/grpc.health.v1.Health/Check': async ({ messages, send }) => {
      for await (const _ of messages)
        await send(codec<object>('grpc.health.v1.HealthCheckResponse').encode({ status: 1 }));
    },
    ...(output && {
      '/moby.filesync.v1.FileSend/DiffCopy': (call: GrpcCall) =>
        output === 'file' ? receiveFile(call, kept) : receiveDirectory(call, kept),
    }),
  };
}

export interface TestEntry {
  readonly stat: Partial<FileStat>;
  readonly content?: string;
}

/** The entries of a tree, parents first. */
export function entriesOf(files: TestFiles): TestEntry[] {
  const entries = new Map<string, TestEntry>();
  const modTime = 1_700_000_000e9;
  for (const [path, value] of Object.entries(files)) {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1))
      entries.set(path.slice(0, slash), {
        stat: { path: path.slice(0, slash), mode: goMode('directory', 0o755), modTime },
      });
    const stat = { path, modTime };
    if (typeof value === 'string')
      entries.set(path, {
        stat: { ...stat, mode: goMode('file', 0o644), size: Buffer.byteLength(value) },
        content: value,
      });
    else entries.set(path, { stat: { ...stat, mode: goMode('symlink', 0o777), linkname: value.link } });
  }
  return [...entries.values()].sort((a, b) => ((a.stat.path ?? '') < (b.stat.path ?? '') ? -1 : 1));
}

export const sendPacket = (call: GrpcCall, packet: Partial<Packet>): Promise<void> =>
  call.send(packets.encode(packet));

/** What the engine sends on a transfer of files. */
export async function* readPackets(call: GrpcCall): AsyncGenerator<Packet> {
  for await (const message of call.messages) yield packets.decode(message);
}

async function sendFiles(call: GrpcCall, files: TestFiles, asked: string[]): Promise<void> {
  const wanted = [call.metadata['include-patterns'] ?? [], call.metadata['followpaths'] ?? []].flat();
  const isWanted = (path: string): boolean =>
    wanted.length === 0 ||
    wanted
      .join(', ')
      .split(', ')
      .some((each) => each === path || path.startsWith(`${each}/`) || each.startsWith(`${path}/`));
  const entries = entriesOf(files).filter(({ stat }) => isWanted(stat.path ?? ''));
  for (const { stat } of entries) await sendPacket(call, { type: STAT, stat });
  await sendPacket(call, { type: STAT });
  for await (const { type, ID } of readPackets(call)) {
    if (type === REQ) {
      asked.push(entries[ID]?.stat.path ?? '');
      await sendPacket(call, { type: DATA, ID, data: Buffer.from(entries[ID]?.content ?? '') });
      await sendPacket(call, { type: DATA, ID });
    } else if (type === FIN) {
      await sendPacket(call, { type: FIN });
      return;
    }
  }
}

async function receiveFile({ messages }: GrpcCall, { received }: Kept): Promise<void> {
  for await (const message of messages)
    received.bytes = Buffer.concat([received.bytes, pieces.decode(message).data]);
}

async function receiveDirectory(call: GrpcCall, { received }: Kept): Promise<void> {
  const open = new Map<number, { path: string; data: Buffer }>();
  let number = 0;
  let ended = false;
  const finish = async (): Promise<void> => {
    if (ended && open.size === 0) await sendPacket(call, { type: FIN });
  };
  for await (const { type, stat, ID, data } of readPackets(call)) {
    if (type === STAT) {
      if (!stat) ended = true;
      else {
        const isFile = ((stat.mode ?? 0) & 0x8f00_0000) === 0 && stat.linkname === '';
        if (isFile) {
          open.set(number, { path: stat.path ?? '', data: Buffer.alloc(0) });
          await sendPacket(call, { type: REQ, ID: number });
        }
        number += 1;
      }
      await finish();
    } else if (type === DATA) {
      const file = open.get(ID);
      if (!file) throw new Error(`content of ${ID} was not asked for`);
      if (data.length > 0) file.data = Buffer.concat([file.data, data]);
      else {
        received.files.set(file.path, file.data);
        open.delete(ID);
        await finish();
      }
    } else if (type === FIN) return;
  }
}
