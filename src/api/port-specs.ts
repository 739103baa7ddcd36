import { isIP } from 'node:net';
import { invalid } from '../lib/errors.ts';
import type { PortSpec, Protocol } from '../network/types.ts';
import type { PortMap } from '../wire/container.ts';

export interface ExposedPort {
  readonly port: number;
  readonly protocol: Protocol;
}

/** `80`, `80/tcp`, `53/udp` */
export function parsePort(text: string): ExposedPort {
  const match = /^(\d{1,5})(?:\/(\w+))?$/.exec(text);
  const port = Number(match?.[1]);
  const protocol = (match?.[2] ?? 'tcp').toLowerCase();
  if (!match || port < 1 || port > 65535 || !isProtocol(protocol))
    throw invalid(`invalid port specification: ${JSON.stringify(text)}`);
  return { port, protocol };
}

/** More ports there are not, of all protocols together. */
const MOST = 3 << 16;

/** Ports and ranges of them. What is neither has no effect, as with Docker. */
export function exposedPorts(texts: readonly string[]): ExposedPort[] {
  const found: ExposedPort[] = [];
  for (const text of texts) {
    for (const port of isPort(text) ? parsePorts(text) : []) found.push(port);
    if (found.length > MOST) throw invalid('too many exposed ports: their ranges overlap');
  }
  return found;
}

/** Whether ports are exposed by such an entry. */
export function isPort(text: string): boolean {
  try {
    parsePorts(text);
    return true;
  } catch {
    return false;
  }
}

/** As `parsePort`, and `8000-8010/tcp` */
function parsePorts(text: string): ExposedPort[] {
  const range = /^(\d{1,5})-(\d{1,5})(\/\w+)?$/.exec(text);
  if (!range) return [parsePort(text)];
  const [first, last] = [range[1] ?? '', range[2] ?? ''].map((end) => parsePort(`${end}${range[3] ?? ''}`));
  if (!first || !last || last.port < first.port)
    throw invalid(`invalid port specification: ${JSON.stringify(text)}`);
  return Array.from({ length: last.port - first.port + 1 }, (_, index) => ({
    ...first,
    port: first.port + index,
  }));
}

/** `PortBindings` of a HostConfig. A binding without a host port gets one of the engine's choice. */
export function portSpecs(bindings: PortMap): PortSpec[] {
  return Object.entries(bindings).flatMap(([key, targets]) => {
    const { port, protocol } = parsePort(key);
    return (targets ?? []).map(({ HostIp = '', HostPort = '' }) => ({
      protocol,
      containerPort: port,
      hostIp: checkAddress(HostIp),
      ...hostPorts(HostPort),
    }));
  });
}

/** Where a list of bindings is empty, it gets one on a port of the engine's choice, as Docker has always done. Returns these ports. */
export function fillBindings(bindings: PortMap): string[] {
  const empty = Object.keys(bindings).filter((port) => (bindings[port] ?? []).length === 0);
  for (const port of empty) bindings[port] = [{ HostIp: '', HostPort: '' }];
  return empty;
}

/** `''`, `8080`, `8000-8010` */
function hostPorts(text: string): { hostPort: number; hostPortEnd?: number } {
  const match = /^(?:(\d{1,5})(?:-(\d{1,5}))?(?:\/\w+)?)?$/.exec(text);
  const first = Number(match?.[1] ?? 0);
  const last = Number(match?.[2] ?? first);
  if (!match || first > 65535 || last > 65535 || last < first)
    throw invalid(`invalid port specification: ${JSON.stringify(text)}`);
  return { hostPort: first, ...(last > first && { hostPortEnd: last }) };
}

function checkAddress(address: string): string {
  const bare = address.replace(/^\[(.*)\]$/, '$1');
  if (bare !== '' && isIP(bare) === 0) throw invalid(`invalid IP address: ${JSON.stringify(address)}`);
  return bare;
}

function isProtocol(text: string): text is Protocol {
  return text === 'tcp' || text === 'udp' || text === 'sctp';
}
