import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Listener, Target } from './listener.ts';

/**
 * Listens on a published port. Most connections never come here: the kernel leads them to the container. What does come, such
 * as those to ::1, is passed on.
 */
export async function listenTcp(address: string, port: number, target: Target): Promise<Listener> {
  let current = target;
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
    pass(client, current, sockets),
  );
  server.listen({ host: address, port, ipv6Only: true, exclusive: true });
  await once(server, 'listening');
  server.on('error', () => {}); // a connection that could not be accepted
  server.unref();
  return {
    retarget: (next) => {
      current = next;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function pass(client: Socket, target: Target, sockets: Set<Socket>): void {
  const container = connect({ host: target.ip, port: target.port, allowHalfOpen: true, noDelay: true });
  for (const socket of [client, container]) {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      client.destroy();
      container.destroy();
    });
  }
  client.pipe(container);
  container.pipe(client);
}
