import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PacketSender } from '../../../kernel/unix-socket.ts';
import type { SyslogAddress } from './syslog-options.ts';

/** A way to a log service. */
export interface PacketLine {
  send(message: Buffer): Promise<void>;
  close(): void;
}

/** Milliseconds until a full queue is tried again. */
const PAUSE = 10;

/** The service at a datagram socket of this host. Throws when nobody is there. */
export function openDatagramLine(path: string): PacketLine {
  const sender = PacketSender.connect(path, 'datagram');
  return {
    async send(message) {
      while (!sender.trySend(message)) await delay(PAUSE);
    },
    close: () => sender.close(),
  };
}

/** A service of the network. Over TCP each message is a line. */
export async function openNetworkLine(
  address: Exclude<SyslogAddress, { kind: 'unix' }>,
): Promise<PacketLine> {
  const { host, port } = address;
  if (address.kind === 'udp') {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').unref();
    socket.on('error', () => {});
    return {
      send: async (message) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        socket.send(message, port, host, (error) => (error ? reject(error) : resolve()));
        await promise;
      },
      close: () => socket.close(),
    };
  }
  const socket = connect({ host, port });
  await once(socket, 'connect');
  let failure: Error | undefined;
  socket.on('error', (error) => (failure = error)).unref();
  return {
    async send(message) {
      if (failure) throw failure;
      if (!socket.write(Buffer.concat([message, Buffer.from('\n')]))) await once(socket, 'drain');
    },
    close: () => socket.end(),
  };
}
