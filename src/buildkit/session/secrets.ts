import { EngineError, messageOf } from '../../lib/errors.ts';
import { GrpcError, GrpcStatus } from '../../lib/grpc/status.ts';
import { codec } from '../messages.ts';
import type { Session } from './session.ts';

const GET_SECRET = '/moby.buildkit.secrets.v1.Secrets/GetSecret';

const codecs = [
  codec<{ ID: string }>('moby.session.GetSecretRequest'),
  codec<{ data: Uint8Array }>('moby.session.GetSecretResponse'),
] as const;

/** A secret that the client offers; undefined when it has none of that name. */
export async function askSecret(
  session: Session,
  id: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (!session.supports(GET_SECRET)) return undefined;
  try {
    const { data } = await session.call(GET_SECRET, codecs, { ID: id }, signal);
    return Buffer.from(data);
  } catch (error) {
    if (error instanceof GrpcError && error.code === GrpcStatus.notFound) return undefined;
    throw new EngineError('invalid', `secret ${id}: ${messageOf(error)}`, { cause: error });
  }
}
