import { isLoopback } from '../../lib/loopback.ts';
import { type ListeningSocket, readListeningSockets } from '../../network/listening-sockets.ts';
import type { PublishedPort } from '../../network/types.ts';
import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';

/** A program may take a moment until it listens. Milliseconds. */
const GRACE = 1000;

/** NET-LOOPBACK, NET-MAPPING: a published port that nobody can reach. */
export async function findPorts({ record, pid }: Evidence): Promise<Finding[]> {
  const published = uniquePorts(record.ports);
  if (pid === undefined || published.length === 0) return [];
  if (Date.now() - (record.run?.startedAt.getTime() ?? 0) < GRACE) return [];
  const sockets = await readListeningSockets(pid);
  return published.flatMap((port) => diagnose(port, sockets) ?? []);
}

/** One of each port of the container, whatever addresses of the host it has. */
const uniquePorts = (ports: readonly PublishedPort[]): PublishedPort[] => [
  ...new Map(
    ports.filter(({ protocol }) => protocol === 'tcp').map((port) => [port.containerPort, port]),
  ).values(),
];

function diagnose(
  { containerPort, hostPort }: PublishedPort,
  sockets: readonly ListeningSocket[],
): Finding | undefined {
  const there = sockets.filter(({ port }) => port === containerPort);
  if (there.some(({ address }) => !isLoopback(address))) return undefined;
  if (there.length > 0)
    return {
      code: 'NET-LOOPBACK',
      text: `port ${containerPort} is published, but the program listens on ${there[0]?.address}:${containerPort} alone, where nobody outside reaches it`,
      fix: 'let it listen on 0.0.0.0 (vite: --host, flask: --host=0.0.0.0, next: -H 0.0.0.0)',
    };
  const others = sockets.filter(({ address }) => !isLoopback(address)).map(({ port }) => port);
  const [other] = others;
  if (other === undefined) return undefined;
  return {
    code: 'NET-MAPPING',
    text: `port ${containerPort} is published, but nothing listens there; the program listens on ${[...new Set(others)].join(', ')}`,
    fix: `publish that one: -p ${hostPort}:${other}`,
  };
}
