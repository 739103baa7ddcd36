import { createSocket } from 'node:dgram';
import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { answers, type Query, rcodeOf, RCODE } from './message.ts';

/** How long one server may take before the next is asked, and how many are asked. */
const PATIENCE = 4000;
const MAX_SERVERS = 3;
/** Queries on their way at once, of all containers together. */
const MAX_FLIGHT = 1024;
const DNS_PORT = 53;

export type Transport = 'udp' | 'tcp';
type Ask = (
  message: Buffer,
  server: string,
  accept: (answer: Buffer) => boolean,
) => Promise<Buffer | undefined>;

/** Asks the servers that know the rest of the world's names, from the engine's own namespace. */
export class Upstream {
  private flying = 0;
  private readonly port: number;

  /** `port`: where servers listen, other than 53 in tests. */
  constructor(port: number = DNS_PORT) {
    this.port = port;
  }

  /** The answer of the first server that has one, over the same transport as the question came; undefined when none does. */
  async ask(query: Query, servers: readonly string[], transport: Transport): Promise<Buffer | undefined> {
    if (this.flying >= MAX_FLIGHT) return undefined;
    this.flying += 1;
    try {
      let last: Buffer | undefined;
      for (const server of servers.slice(0, MAX_SERVERS)) {
        last = (await this.askServer(query, server, transport)) ?? last;
        if (last && rcodeOf(last) !== RCODE.SERVFAIL) return last;
      }
      return last;
    } finally {
      this.flying -= 1;
    }
  }

  private async askServer(query: Query, server: string, transport: Transport): Promise<Buffer | undefined> {
    const id = randomInt(0x10000);
    const message = Buffer.from(query.bytes);
    message.writeUInt16BE(id, 0);
    const ask = transport === 'udp' ? this.overUdp : this.overTcp;
    const answer = await ask(message, server, (reply) => answers(query, id, reply));
    answer?.writeUInt16BE(query.bytes.readUInt16BE(0), 0);
    return answer;
  }

  /** A socket for each question: its port, which the kernel draws, is what a forger would have to guess. */
  private readonly overUdp: Ask = (message, server, accept) => {
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
    const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
    const timer = setTimeout(() => resolve(undefined), PATIENCE);
    socket.on('message', (answer) => {
      if (accept(answer)) resolve(answer);
    });
    socket.on('error', () => resolve(undefined));
    socket.connect(this.port, server, () => socket.send(message));
    return promise.finally(() => {
      clearTimeout(timer);
      socket.close();
    });
  };

  private readonly overTcp: Ask = (message, server, accept) => {
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
    const socket = connect({ host: server, port: this.port, timeout: PATIENCE });
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = received.length < 2 ? Infinity : received.readUInt16BE(0);
      if (received.length < 2 + length) return;
      const answer = received.subarray(2, 2 + length);
      resolve(accept(answer) ? Buffer.from(answer) : undefined);
    });
    for (const end of ['error', 'timeout', 'close']) socket.on(end, () => resolve(undefined));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
    return promise.finally(() => socket.destroy());
  };
}
