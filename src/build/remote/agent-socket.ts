import { createServer, type Socket } from 'node:net';
import type { BuildClient } from '../types.ts';

/** Listens at `path` for programs that want to talk to an SSH agent of the client, until it is disposed of. */
export async function openAgentSocket(
  client: BuildClient,
  id: string,
  path: string,
  signal: AbortSignal,
): Promise<Disposable> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket));
    client.connectAgent(id, socket, signal).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(path, resolve);
  });
  return {
    [Symbol.dispose](): void {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
