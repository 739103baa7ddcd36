import { Duplex } from 'node:stream';
import type { GrpcCall } from '../../lib/grpc/server.ts';
import { codec } from '../messages.ts';
import { Session } from '../session/session.ts';
import type { Sessions } from '../session/sessions.ts';

const pieces = codec<{ data: Uint8Array }>('moby.session.BytesMessage');

/** A session whose connection is a call: its bytes come and go in messages. */
export async function serveTunnel(call: GrpcCall, sessions: Sessions): Promise<void> {
  using session = new Session(connectionOf(call), call.metadata);
  await sessions.serve(session);
}

function connectionOf(call: GrpcCall): Duplex {
  const connection = new Duplex({
    read() {},
    write(data: Buffer, _encoding, done) {
      call.send(pieces.encode({ data })).then(() => done(), done);
    },
  });
  void receive(call, connection);
  return connection;
}

async function receive(call: GrpcCall, connection: Duplex): Promise<void> {
  try {
    for await (const message of call.messages) connection.push(Buffer.from(pieces.decode(message).data));
    connection.push(null);
  } catch (error) {
    connection.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
