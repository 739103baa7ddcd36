import { isIP } from 'node:net';
import { invalid } from '../../lib/errors.ts';
import type { PortMap } from '../../wire/container.ts';

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The ports of `-p` as the API takes them. */
export interface PublishedPorts {
  readonly exposed: Record<string, object>;
  readonly bindings: PortMap;
}

/** One of them, `80/tcp`; the host's may be empty or a range. */
interface PublishedPort {
  readonly port: string;
  readonly hostIp: string;
  readonly hostPort: string;
}

/** Parses `-p` values: `80`, `8080:80`, `127.0.0.1:8080:80/udp`, `[::1]:80:80`, `8000-8009:80`, `8000-8001:80-81`, `:80`. */
export function parsePublished(specs: readonly string[]): PublishedPorts {
  const exposed: Record<string, object> = {};
  const bindings: PortMap = {};
  for (const spec of specs) {
    for (const { port, hostIp, hostPort } of parseOne(spec)) {
      exposed[port] = {};
      (bindings[port] ??= []).push({ HostIp: hostIp, HostPort: hostPort });
    }
  }
  return { exposed, bindings };
}

/** Parses `--expose` values: `80`, `80/udp`, `8000-8010`. */
export function parseExposed(specs: readonly string[]): Record<string, object> {
  return Object.fromEntries(
    specs.flatMap((spec) => {
      if (spec.includes(':')) throw invalid(`invalid port format for --expose: ${spec}`);
      const { text, protocol } = splitProtocol(spec);
      return ports(parseExposedRange(text, spec)).map((port) => [`${port}/${protocol}`, {}]);
    }),
  );
}

function parseExposedRange(text: string, spec: string): Range {
  try {
    return parseRange(text, 'port');
  } catch (error) {
    throw invalid(`invalid range format for --expose: ${spec}`, error);
  }
}

function parseOne(spec: string): PublishedPort[] {
  return parseShort(spec.includes('=') ? shortened(spec) : spec);
}

/** The short form of `target=80,published=8080,protocol=udp`; other names are passed over, as Docker does. */
function shortened(spec: string): string {
  const options = new Map<string, string>();
  for (const part of spec.split(',')) {
    const [name = '', value] = part.split(/=(.*)/s);
    if (name === '' || value === undefined)
      throw invalid(`invalid publish opts format (should be name=value but got '${part}')`);
    options.set(name, value);
  }
  const of = (name: string, byDefault = ''): string => options.get(name) ?? byDefault;
  return `${of('published')}:${of('target')}/${of('protocol', 'tcp')}`;
}

function parseShort(spec: string): PublishedPort[] {
  const { text, protocol } = splitProtocol(spec);
  const match = /^(?:(?:(\[[0-9a-fA-F:.]+\]|[^:]*):)?([^:]*):)?([^:]*)$/.exec(text);
  const [, ip = '', host = '', container = ''] = match ?? [];
  if (!match || container === '')
    throw invalid(match ? `no port specified: ${spec}<empty>` : `invalid containerPort: ${spec}`);
  const hostIp = ip.replace(/^\[|\]$/g, '');
  if (hostIp !== '' && isIP(hostIp) === 0) throw invalid(`invalid IP address: ${hostIp}`);
  return pair(container, host, protocol, hostIp);
}

/** The ports of a range with those of the host that they get; the host's text may be empty. */
function pair(containerText: string, hostText: string, protocol: string, hostIp: string): PublishedPort[] {
  const container = parseRange(containerText, 'containerPort');
  const host = hostText === '' ? undefined : parseRange(hostText, 'hostPort');
  const count = container.end - container.start;
  if (host && host.end - host.start !== count && count !== 0) {
    throw invalid(`invalid ranges specified for container and host Ports: ${containerText} and ${hostText}`);
  }
  return ports(container).map((port, index) => ({
    port: `${port}/${protocol}`,
    hostIp,
    hostPort: hostPort(host, count, index),
  }));
}

/** One port of the container may take any of a range of the host's. */
function hostPort(host: Range | undefined, count: number, index: number): string {
  if (!host) return '';
  return count === 0 && host.end > host.start ? `${host.start}-${host.end}` : `${host.start + index}`;
}

function splitProtocol(spec: string): { text: string; protocol: string } {
  const slash = spec.lastIndexOf('/');
  const protocol = slash < 0 ? 'tcp' : spec.slice(slash + 1).toLowerCase();
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) throw invalid(`invalid proto: ${protocol}`);
  return { text: slash < 0 ? spec : spec.slice(0, slash), protocol };
}

function parseRange(text: string, what: string): Range {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const start = Number(match?.[1]);
  const end = Number(match?.[2] ?? match?.[1]);
  if (!match || start > 65535 || end > 65535 || end < start) throw invalid(`invalid ${what}: ${text}`);
  return { start, end };
}

const ports = ({ start, end }: Range): number[] =>
  Array.from({ length: end - start + 1 }, (_, index) => start + index);
