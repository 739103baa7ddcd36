import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** The connections of servers, also those that were taken over (`attach`, `exec`), which an HTTP server forgets. */
export class OpenSockets {
  private readonly sockets = new Set<Socket>();

  /** Counts in what connects to a server from now on. */
  of(server: Server): Server {
    return server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  destroy(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
