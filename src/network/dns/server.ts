import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { DnsDescriptors } from '../worker/protocol.ts';
import { encodeError, encodeFormatError, fitUdp, parseQuery, RCODE, rcodeOf } from './message.ts';
import { resolve, type View } from './resolve.ts';
import type { Transport, Upstream } from './upstream.ts';

/** A container may have so many questions under way; more are dropped, as a full queue would. */
const MAX_FLIGHT = 128;
const MAX_CONNECTIONS = 32;
const IDLE = 10_000;
const MAX_UNKNOWN = 16;

/** The name server that one container sees at 127.0.0.11: sockets in its namespace, served by the engine. */
export class DnsServer {
  private readonly udp: UdpSocket;
  private readonly tcp: Server;
  private readonly connections = new Set<Socket>();
  private readonly view: View;
  private readonly upstream: Upstream;
  /** Names without dots that nobody has; those that were asked for last are kept. */
  readonly unknown = new Set<string>();
  private flying = 0;
  private closed = false;

  constructor(descriptors: DnsDescriptors, view: View, upstream: Upstream) {
    this.view = view;
    this.upstream = upstream;
    this.udp = createSocket('udp4');
    this.udp.on('message', (bytes, from) => void this.answerUdp(bytes, from.port, from.address));
    this.udp.on('error', () => {});
    this.udp.bind({ fd: descriptors.udp } as never);
    this.udp.unref();
    this.tcp = createServer((socket) => this.serve(socket));
    this.tcp.maxConnections = MAX_CONNECTIONS;
    this.tcp.on('error', () => {});
    this.tcp.listen({ fd: descriptors.tcp });
    this.tcp.unref();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.udp.close();
    this.tcp.close();
    for (const socket of this.connections) socket.destroy();
  }

  private async answerUdp(bytes: Buffer, port: number, address: string): Promise<void> {
    const answer = await this.answer(bytes, 'udp');
    if (answer && !this.closed) this.udp.send(answer, port, address, () => {});
  }

  /** Never rejects; undefined when there is nothing to say. */
  private async answer(bytes: Buffer, transport: Transport): Promise<Buffer | undefined> {
    const query = parseQuery(bytes);
    if (!query) return encodeFormatError(bytes);
    const own = resolve(query, this.view);
    if (own) {
      this.unknown.delete(query.name);
      return transport === 'udp' ? fitUdp(query, own) : own;
    }
    if (this.flying >= MAX_FLIGHT) return undefined;
    this.flying += 1;
    try {
      const asked = await this.upstream.ask(query, this.view.servers(), transport);
      const answer = asked ?? encodeError(query, RCODE.SERVFAIL);
      if (rcodeOf(answer) !== RCODE.NOERROR) this.remember(query.name);
      return answer;
    } finally {
      this.flying -= 1;
    }
  }

  private remember(name: string): void {
    if (name === '' || name.includes('.')) return;
    this.unknown.delete(name);
    this.unknown.add(name);
    const [oldest = ''] = this.unknown;
    if (this.unknown.size > MAX_UNKNOWN) this.unknown.delete(oldest);
  }

  /** Messages over TCP have their length before them (RFC 1035, 4.2.2). */
  private serve(socket: Socket): void {
    this.connections.add(socket);
    socket.on('close', () => this.connections.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(IDLE, () => socket.destroy());
    socket.unref();
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        void this.answerTcp(socket, Buffer.from(received.subarray(2, end)));
        received = received.subarray(end);
      }
    });
  }

  private async answerTcp(socket: Socket, bytes: Buffer): Promise<void> {
    const answer = await this.answer(bytes, 'tcp');
    if (!answer || socket.destroyed) return;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(answer.length);
    socket.write(Buffer.concat([length, answer]));
  }
}
