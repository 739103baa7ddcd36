import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivateKey } from './private-key.ts';
import { SshReader, sshString } from './wire.ts';

// draft-miller-ssh-agent, 6.1
const [FAILURE, LIST, IDENTITIES, SIGN, SIGNATURE] = [5, 11, 12, 13, 14];
/** As OpenSSH's agent has it. */
const LARGEST = 256 << 10;

export interface ServedAgent extends Disposable {
  readonly socket: string;
}

/** Serves keys as an SSH agent does, on a socket that only this user reaches: they are told and sign, nothing else. */
export async function serveAgent(keys: readonly PrivateKey[]): Promise<ServedAgent> {
  const directory = mkdtempSync(join(tmpdir(), 'lade-ssh-'));
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.on('error', () => {}).on('close', () => connections.delete(connection));
    void answer(keys, connection).catch(() => connection.destroy());
  });
  const dispose = (): void => {
    server.close();
    for (const connection of connections) connection.destroy();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const socket = join(directory, 'agent.sock');
    server.listen(socket);
    await once(server, 'listening');
    return { socket, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

async function answer(keys: readonly PrivateKey[], connection: Socket): Promise<void> {
  let received: Buffer = Buffer.alloc(0);
  for await (const chunk of connection as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4 && received.length >= 4 + received.readUInt32BE()) {
      const end = 4 + received.readUInt32BE();
      connection.write(sshString(answerTo(keys, received.subarray(4, end))));
      received = received.subarray(end);
    }
    if (received.length >= 4 && received.readUInt32BE() > LARGEST) return void connection.destroy();
  }
}

/** The answer to one message. */
export function answerTo(keys: readonly PrivateKey[], message: Buffer): Buffer {
  try {
    const reader = new SshReader(message);
    const [type] = reader.take(1);
    if (type === LIST) return listed(keys);
    if (type !== SIGN) return Buffer.of(FAILURE);
    const [blob, data, flags] = [reader.string(), reader.string(), reader.number()];
    const key = keys.find((each) => each.blob.equals(blob));
    return key ? Buffer.concat([Buffer.of(SIGNATURE), sshString(key.sign(data, flags))]) : Buffer.of(FAILURE);
  } catch {
    return Buffer.of(FAILURE); // a message that is none
  }
}

function listed(keys: readonly PrivateKey[]): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(keys.length);
  const each = keys.flatMap(({ blob, comment }) => [sshString(blob), sshString(comment)]);
  return Buffer.concat([Buffer.of(IDENTITIES), count, ...each]);
}
