import type { IncomingHttpHeaders } from 'node:http2';
import type { DatabaseSync } from 'node:sqlite';
import type { Duplex } from 'node:stream';
import { type GrpcMethods, serveGrpc } from '../lib/grpc/server.ts';
import type { BuildKitContext } from './context.ts';
import { controlMethods } from './control/control.ts';
import { Jobs } from './control/jobs.ts';
import { gatewayMethods } from './gateway/gateway.ts';
import { unary } from './methods.ts';
import { BuildChanges } from './record/build-changes.ts';
import { ClientRecords } from './record/client-records.ts';
import { Session } from './session/session.ts';
import { Sessions } from './session/sessions.ts';

/** The protocol of BuildKit's clients, on connections that they took over by `POST /grpc` and `POST /session`. */
export interface BuildKit {
  /** Answers a client's calls until it hangs up. */
  serveCalls(socket: Duplex): Promise<void>;
  /** Keeps the connection over which a build may ask its client for files and secrets. */
  serveSession(socket: Duplex, headers: IncomingHttpHeaders): Promise<void>;
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
    ...jobs.documents.methods((digest) => context.records.errorContent(digest)),
    [
      '/grpc.health.v1.Health/Check',
      unary('grpc.health.v1.HealthCheckRequest', 'grpc.health.v1.HealthCheckResponse', () => ({ status: 1 })),
    ],
  ]);
  return {
    serveCalls: (socket) => serveGrpc(socket, methods, context.logger),
    async serveSession(socket, headers) {
      using session = new Session(socket, headers);
      await context.sessions.serve(session);
    },
  };
}
