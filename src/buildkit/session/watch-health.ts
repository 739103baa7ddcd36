import { GrpcError, GrpcStatus } from '../../lib/grpc/status.ts';
import { codec } from '../messages.ts';
import type { Session } from './session.ts';

const CHECK = '/grpc.health.v1.Health/Check';
const codecs = [
  codec<{ service: string }>('grpc.health.v1.HealthCheckRequest'),
  codec<{ status: number }>('grpc.health.v1.HealthCheckResponse'),
] as const;

const EVERY_MS = 10_000;
const PATIENCE_MS = 40_000;

/** Ends a session whose client is there no more and does not say so, such as one that hangs. */
export function watchHealth(session: Session, every = EVERY_MS, patience = PATIENCE_MS): Disposable {
  let asking = false;
  const timer = setInterval(() => {
    if (asking || !session.supports(CHECK)) return;
    asking = true;
    session
      .call(CHECK, codecs, {}, AbortSignal.timeout(patience))
      .catch((error: unknown) => {
        // any other answer is one
        if (!(error instanceof GrpcError) || error.code === GrpcStatus.unavailable) session[Symbol.dispose]();
      })
      .finally(() => (asking = false));
  }, every).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
