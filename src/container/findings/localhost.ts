import { isLoopback } from '../../lib/loopback.ts';
import { readListeningSockets } from '../../network/listening-sockets.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';
import { readRefusals } from './refusals.ts';

/** NET-LOCALHOST: it says itself that nobody answered at its own address, where it looked for another container. */
export async function findLocalhost(evidence: Evidence): Promise<Finding[]> {
  const { record, pid, lines } = evidence;
  if (record.spec.networkMode === 'host') return [];
  // what was tried last is most likely what is wrong now
  const last = readRefusals(lines).findLast(({ host }) => isLoopback(host));
  const ports = new Set(last ? [last.port] : []);
  for (const { port } of pid === undefined ? [] : await readListeningSockets(pid)) ports.delete(port);
  return Promise.all([...ports].map((port) => explain(evidence, port)));
}

async function explain({ context, record }: Evidence, port: number): Promise<Finding> {
  const others = context.store.all().filter((other) => other !== record && other.run);
  const takes = await Promise.all(others.map((other) => listensOn(other, port)));
  const found = others.filter((_, index) => takes[index]);
  const near = found.find((other) => areNeighbours(record, other));
  return {
    code: 'NET-LOCALHOST',
    text: `it was refused at localhost:${port}: in a container that is the container itself, and nothing listens there`,
    fix: near
      ? `${near.name} listens on that port: use ${near.name}:${port}`
      : found[0]
        ? `${found[0].name} listens on that port: connect both to one network, and use ${found[0].name}:${port}`
        : `use the name of the container that has it; a program of the host is host.docker.internal:${port} (--add-host host.docker.internal:host-gateway)`,
  };
}

async function listensOn({ run }: ContainerRecord, wanted: number): Promise<boolean> {
  const sockets = run ? await readListeningSockets(run.running.pid) : [];
  return sockets.some(({ address, port }) => port === wanted && !isLoopback(address));
}

/** In the default bridge there are no names. */
const areNeighbours = (one: ContainerRecord, other: ContainerRecord): boolean =>
  one.spec.endpoints.some(
    ({ network }) =>
      network !== 'bridge' &&
      other.endpoints.some(({ networkName, networkId }) => [networkName, networkId].includes(network)),
  );
