import { PassThrough, Readable } from 'node:stream';
import { type Client, clientOver } from '../client/client.ts';
import type { Transport } from '../client/transport.ts';
import { randomId } from '../lib/id.ts';

/** A client that only looks: what would change something is answered as if it had worked. */
export function dryRunClient(client: Client): Client {
  const { transport } = client;
  const made = new Set<string>();
  const isMade = (path: string): boolean => [...made].some((id) => path.includes(id));
  const dry: Transport = {
    ...transport,
    json: async <T>(method: string, path: string, options = {}): Promise<T> => {
      if (method === 'GET' && !isMade(path)) return transport.json<T>(method, path, options);
      const Id = randomId();
      made.add(Id);
      return { Id, Warnings: [], ExitCode: 0 } as T;
    },
    stream: async (method, path, options = {}) => {
      if (method === 'GET' && !isMade(path)) return transport.stream(method, path, options);
      const body = path.endsWith('/wait') ? ['{"StatusCode":0}'] : [];
      return Object.assign(Readable.from(body), { headers: {} }) as unknown as Awaited<
        ReturnType<Transport['stream']>
      >;
    },
    hijack: async () => ({ socket: new PassThrough().end(), multiplexed: true }),
  };
  return clientOver(dry);
}
