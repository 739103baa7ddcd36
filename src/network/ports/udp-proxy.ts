import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Listener, Target } from './listener.ts';

/** How long a client that is silent keeps its way back: Docker's figure. */
const IDLE = 90_000;
/** Clients at once; the one that was silent longest goes first. */
const MAX_CLIENTS = 4096;

interface Client {
  readonly socket: Socket;
  readonly target: Target;
  seen: number;
}

/** Holds a published UDP port. As with TCP, only what the kernel can't lead to the container comes here, and is passed on. */
export async function listenUdp(address: string, port: number, target: Target): Promise<Listener> {
  const server = await bind(address, port);
  const clients = new UdpClients(server, target);
  return {
    retarget: (next) => {
      clients.target = next;
    },
    close: () => {
      server.close();
      clients.close();
    },
  };
}

async function bind(address: string, port: number): Promise<Socket> {
  const type = typeOf(address);
  const server = createSocket({ type, ipv6Only: type === 'udp6' });
  try {
    server.bind({ address, port, exclusive: true });
    await once(server, 'listening');
    return server.unref();
  } catch (error) {
    server.close();
    throw error;
  }
}

/** A socket to the container for each client, so that answers find their way. */
class UdpClients {
  target: Target;
  private readonly server: Socket;
  /** In the order in which they were heard of last. */
  private readonly clients = new Map<string, Client>();
  private timer: NodeJS.Timeout | undefined;

  constructor(server: Socket, target: Target) {
    this.server = server;
    this.target = target;
    server.on('error', () => {});
    server.on('message', (data, from) => this.pass(data, from.address, from.port));
  }

  close(): void {
    clearTimeout(this.timer);
    for (const { socket } of this.clients.values()) socket.close();
    this.clients.clear();
  }

  private pass(data: Buffer, address: string, port: number): void {
    const key = `${address} ${port}`;
    const known = this.clients.get(key);
    this.clients.delete(key);
    if (known && known.target !== this.target) known.socket.close();
    const client = known?.target === this.target ? known : this.add(address, port);
    client.seen = Date.now();
    this.clients.set(key, client);
    client.socket.send(data, this.target.port, this.target.ip, () => {});
    this.timer ??= setTimeout(() => this.expire(), IDLE).unref();
  }

  private add(address: string, port: number): Client {
    const [oldest] = this.clients;
    if (this.clients.size >= MAX_CLIENTS && oldest) this.remove(...oldest);
    const socket = createSocket(typeOf(this.target.ip));
    socket.on('error', () => {});
    socket.on('message', (data) => this.server.send(data, port, address, () => {}));
    socket.unref();
    return { socket, target: this.target, seen: 0 };
  }

  private expire(): void {
    this.timer = undefined;
    for (const [key, client] of this.clients) {
      if (client.seen + IDLE <= Date.now()) this.remove(key, client);
    }
    if (this.clients.size > 0) this.timer = setTimeout(() => this.expire(), IDLE).unref();
  }

  private remove(key: string, client: Client): void {
    this.clients.delete(key);
    client.socket.close();
  }
}

const typeOf = (address: string): 'udp4' | 'udp6' => (address.includes(':') ? 'udp6' : 'udp4');
