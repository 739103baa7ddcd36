import { isLoopback } from '../../lib/loopback.ts';
import { type ListeningSocket, readListeningSockets } from '../../network/listening-sockets.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';
import { type Refusal, readRefusals } from './refusals.ts';

const SERVICE = 'com.docker.compose.service';

/**
 * DEP-RACE, NET-REFUSED: it says itself that another container did not take its connection. Of a container that runs, a port that is
 * open by now is no problem any more.
 */
export async function findDependencies(evidence: Evidence): Promise<Finding[]> {
  const { context, record, lines } = evidence;
  const last = readRefusals(lines).findLast(({ host }) => !isLoopback(host));
  if (last === undefined) return [];
  const other = context.store.all().find((one) => one !== record && isMeant(record, one, last.host));
  if (other === undefined) return [];
  if (!other.run) return [stopped(other, last)];
  const sockets = await readListeningSockets(other.run.running.pid);
  const isOpen = sockets.some(({ address, port }) => port === last.port && !isLoopback(address));
  if (!isOpen) return [closed(other, last, sockets)];
  return record.state.status === 'running' ? [] : [race(other, last)];
}

/** Whether a name or an address means that container, as the other one sees it. */
const isMeant = (from: ContainerRecord, { endpoints }: ContainerRecord, host: string): boolean =>
  endpoints.some(
    ({ networkId, ipv4, ipv6, dnsNames }) =>
      from.endpoints.some((own) => own.networkId === networkId) && [ipv4, ipv6, ...dnsNames].includes(host),
  );

function race(other: ContainerRecord, { port }: Refusal): Finding {
  const service = other.spec.labels[SERVICE];
  return {
    code: 'DEP-RACE',
    text: `it was refused at port ${port} of ${other.name}, which listens there by now: it came too early`,
    fix:
      service === undefined
        ? `start it when ${other.name} listens, or let it try again (--restart on-failure)`
        : `depends_on: {${service}: {condition: service_healthy}}, or without a health check service_listening (lade compose)`,
  };
}

function stopped(other: ContainerRecord, { port }: Refusal): Finding {
  return {
    code: 'NET-REFUSED',
    text: `it was refused at port ${port} of ${other.name}, which does not run (${other.state.status})`,
    fix: `lade why ${other.name} says why that one ended`,
  };
}

function closed(other: ContainerRecord, { port }: Refusal, sockets: readonly ListeningSocket[]): Finding {
  const inside = sockets.find((socket) => socket.port === port);
  const open = [
    ...new Set(sockets.filter(({ address }) => !isLoopback(address)).map((socket) => socket.port)),
  ];
  return {
    code: 'NET-REFUSED',
    text: `it was refused at port ${port} of ${other.name}, where nothing listens for others`,
    fix: inside
      ? `${other.name} listens on ${inside.address}:${port}, for itself alone: let it listen on 0.0.0.0`
      : open.length > 0
        ? `${other.name} listens on ${open.toSorted((one, two) => one - two).join(', ')}`
        : `${other.name} does not listen at all yet: its log says what it does (lade logs ${other.name})`,
  };
}
