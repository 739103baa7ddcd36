import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { hasCode } from '../lib/errors.ts';

/** An abstract socket: one per network namespace, free again at once when its holder dies. */
const NAME = '\0lading-subnets';
const PATIENCE = 10_000;

/**
 * Runs `work` while no other engine on this host chooses subnets. A holder that takes too long is not waited for: overlapping
 * subnets are noticed later, too.
 */
export async function withHostLock<T>(work: () => Promise<T>): Promise<T> {
  const lock = await acquire(Date.now() + PATIENCE);
  try {
    return await work();
  } finally {
    lock?.close();
  }
}

async function acquire(deadline: number): Promise<Server | undefined> {
  while (Date.now() < deadline) {
    const server = createServer((socket) => socket.destroy());
    try {
      server.listen(NAME);
      await once(server, 'listening');
      return server;
    } catch (error) {
      if (!hasCode(error, 'EADDRINUSE')) throw error;
      await setTimeout(20);
    }
  }
  return undefined;
}
