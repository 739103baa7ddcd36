import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { BuildClient } from '../../build/types.ts';
import { GrpcError } from '../../lib/grpc/status.ts';
import type { GrpcStream } from '../../lib/grpc/client.ts';
import { codec } from '../messages.ts';
import { askSecret } from './secrets.ts';
import type { Session } from './session.ts';

const CHECK_AGENT = '/moby.sshforward.v1.SSH/CheckAgent';
const FORWARD_AGENT = '/moby.sshforward.v1.SSH/ForwardAgent';

const checkCodecs = [
  codec<{ ID: string }>('moby.session.CheckAgentRequest'),
  codec<object>('moby.session.CheckAgentResponse'),
] as const;
const bytes = codec<{ data: Uint8Array }>('moby.session.BytesMessage');

/** The client behind a session, as a build asks it for secrets and agents. */
export function buildClient(session: Session): BuildClient {
  return {
    secret: (id, signal) => askSecret(session, id, signal),
    async hasAgent(id, signal) {
      if (!session.supports(CHECK_AGENT)) return false;
      try {
        await session.call(CHECK_AGENT, checkCodecs, { ID: id }, signal);
        return true;
      } catch (error) {
        if (error instanceof GrpcError) return false;
        throw error;
      }
    },
    async connectAgent(id, socket, signal) {
      const stream = session.open(FORWARD_AGENT, { 'buildkit.ssh.id': id }, signal);
      await Promise.all([send(socket, stream), receive(stream, socket)]);
    },
  };
}

async function send(socket: Duplex, stream: GrpcStream): Promise<void> {
  for await (const data of socket as AsyncIterable<Buffer>) await stream.send(bytes.encode({ data }));
  stream.end();
}

async function receive(stream: GrpcStream, socket: Duplex): Promise<void> {
  for await (const message of stream.messages)
    if (!socket.write(bytes.decode(message).data)) await once(socket, 'drain');
  socket.end();
}
