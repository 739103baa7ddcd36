import type { IncomingHttpHeaders } from 'node:http2';
import type { DatabaseSync } from 'node:sqlite';
import type { Duplex } from 'node:stream';
import { type GrpcMethods, serveGrpc } from '../lib/grpc/server.ts';
import type { BuildClient } from '../build/types.ts';
import { invalid } from '../lib/errors.ts';
import type { BuildKitContext } from './context.ts';
import { controlMethods } from './control/control.ts';
import { Jobs } from './control/jobs.ts';
import { solve } from './control/solve.ts';
import {
  buildDirectly,
  type DirectBuild,
  type DirectOptions,
  type DirectResult,
} from './direct/direct-build.ts';
import { directPeer } from './direct/direct-peer.ts';
import type { FrontendAttributes } from './frontend/attributes.ts';
import { gatewayMethods } from './gateway/gateway.ts';
import type { SolveRequest, StatusResponse } from './message-types.ts';
import { codec } from './messages.ts';
import { unary } from './methods.ts';
import { BuildChanges } from './record/build-changes.ts';
import { ClientRecords } from './record/client-records.ts';
import type { Peer } from './peer.ts';
import { peerOf } from './session/session-peer.ts';
import { Session } from './session/session.ts';
import { Sessions } from './session/sessions.ts';

/** The protocol of BuildKit's clients, on connections that they took over by `POST /grpc` and `POST /session`. */
export interface BuildKit {
  /** Answers a client's calls until it hangs up. */
  serveCalls(socket: Duplex): Promise<void>;
  /** Keeps the connection over which a build may ask its client for files and secrets. */
  serveSession(socket: Duplex, headers: IncomingHttpHeaders): Promise<void>;
  /** A build by one request, into the store; returns what its client is told of the result. */
  build(asked: RequestedBuild, options: RequestedBuildOptions): Promise<Readonly<Record<string, string>>>;
  /** A build for a client without a session. */
  buildDirectly(asked: DirectBuild, options: DirectOptions): Promise<DirectResult>;
  /** Ends a build, if there is one of this ref. */
  cancel(ref: string): void;
}

export interface RequestedBuild {
  readonly ref: string;
  /** Which is asked for files, secrets and credentials; '' = none is. */
  readonly session: string;
  readonly attributes: FrontendAttributes;
  readonly names: readonly string[];
  /** What came with the request; absent when the session has the files. */
  readonly received?: Pick<DirectBuild, 'directory' | 'dockerfile' | 'credentials'>;
}

interface RequestedBuildOptions {
  readonly signal: AbortSignal;
  /** Called with serialized status messages. */
  readonly onStatus: (status: Buffer) => void;
}

type Parts = Omit<BuildKitContext, 'sessions' | 'records' | 'changes'> & { readonly database: DatabaseSync };

export function openBuildKit({ database, ...parts }: Parts): BuildKit {
  const context: BuildKitContext = {
    ...parts,
    sessions: new Sessions(),
    records: new ClientRecords(database),
    changes: new BuildChanges(),
  };
  const jobs = new Jobs();
  const methods: GrpcMethods = new Map([
    ...controlMethods(context, jobs),
    ...gatewayMethods(context, jobs),
    ...jobs.documents.methods((digest) => context.records.content(digest)),
    [
      '/grpc.health.v1.Health/Check',
      unary('grpc.health.v1.HealthCheckRequest', 'grpc.health.v1.HealthCheckResponse', () => ({ status: 1 })),
    ],
  ]);
  return {
    serveCalls: (socket) => serveGrpc(socket, methods, context.logger),
    build: (asked, options) => buildRequested(context, jobs, asked, options),
    buildDirectly: (asked, options) => buildDirectly(context, jobs, asked, options),
    cancel: (ref) => jobs.find(ref)?.cancel(),
    async serveSession(socket, headers) {
      using session = new Session(socket, headers);
      await context.sessions.serve(session);
    },
  };
}

async function buildRequested(
  context: BuildKitContext,
  jobs: Jobs,
  { ref, session, attributes, names, received }: RequestedBuild,
  { signal, onStatus }: RequestedBuildOptions,
): Promise<Readonly<Record<string, string>>> {
  const peer = received && (await peerWith(context, session, received, signal));
  const messages = codec<StatusResponse>('moby.buildkit.v1.StatusResponse');
  const request: SolveRequest = {
    Ref: ref,
    Session: session,
    Definition: null,
    Frontend: 'dockerfile.v0',
    FrontendAttrs: attributes,
    FrontendInputs: {},
    Exporters: [{ Type: 'moby', Attrs: names.length > 0 ? { name: names.join(',') } : {} }],
    ExporterDeprecated: '',
    ExporterAttrsDeprecated: {},
    Cache: null,
    Entitlements: [],
    Internal: false,
  };
  const solving = solve(context, jobs, request, signal, peer && { peer, lineage: names[0] ?? '' });
  solving.catch(() => {}); // thrown below
  const job = jobs.find(ref);
  if (job)
    for await (const status of job.status.follow(signal)) onStatus(Buffer.from(messages.encode(status)));
  return (await solving).ExporterResponse;
}

/** The client of a request that brought its files: its session, if it has one, knows the rest. */
async function peerWith(
  context: BuildKitContext,
  session: string,
  received: NonNullable<RequestedBuild['received']>,
  signal: AbortSignal,
): Promise<Peer> {
  const { directory, dockerfile } = received;
  const files = { ...(directory !== undefined && { directory }), ...(dockerfile && { dockerfile }) };
  if (session !== '') return { ...(await peerOf(context, session, signal)), ...files };
  const client: BuildClient = {
    secret: async () => undefined,
    hasAgent: async () => false,
    connectAgent: () => Promise.reject(invalid('the build has no session that could offer an agent')),
  };
  const refuse = (): never => {
    throw invalid('the build has no session that could take its output');
  };
  return directPeer({ ...received, client, directories: new Map() }, signal, refuse);
}
