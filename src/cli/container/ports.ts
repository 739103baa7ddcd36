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
      return ports(parseRange(text, spec)).map((port) => [`${port}/${protocol}`, {}]);
    }),
  );
}

function parseOne(spec: string): { port: string; hostIp: string; hostPort: string }[] {
  if (spec.includes('=')) return parseLong(spec);
  const { text, protocol } = splitProtocol(spec);
  const match = /^(?:(?:(\[[0-9a-fA-F:.]+\]|[^:]*):)?([^:]*):)?([^:]*)$/.exec(text);
  const [, ip = '', host = '', container = ''] = match ?? [];
  if (!match || container === '')
    throw invalid(`invalid containerPort: ${spec}${match ? ': no port specified' : ''}`);
  const hostIp = ip.replace(/^\[|\]$/g, '');
  if (hostIp !== '' && !/^[\d.]+$|:/.test(hostIp)) throw invalid(`invalid IP address: ${hostIp}`);
  return pair(
    parseRange(container, spec),
    host === '' ? undefined : parseRange(host, spec),
    protocol,
    hostIp,
    spec,
  );
}

function parseLong(spec: string): { port: string; hostIp: string; hostPort: string }[] {
  const options = Object.fromEntries(spec.split(',').map((part) => part.split('=', 2) as [string, string]));
  const { target = '', published = '', protocol = 'tcp' } = options;
  return pair(
    parseRange(target, spec),
    published === '' ? undefined : parseRange(published, spec),
    protocol,
    '',
    spec,
  );
}

function pair(
  container: Range,
  host: Range | undefined,
  protocol: string,
  hostIp: string,
  spec: string,
): { port: string; hostIp: string; hostPort: string }[] {
  const count = container.end - container.start;
  if (host && host.end - host.start !== count && count !== 0) {
    throw invalid(`invalid ranges specified for container and host Ports: ${spec}`);
  }
  return ports(container).map((port, index) => ({
    port: `${port}/${protocol}`,
    hostIp,
    hostPort: !host
      ? ''
      : count === 0 && host.end > host.start
        ? `${host.start}-${host.end}`
        : `${host.start + index}`,
  }));
}

function splitProtocol(spec: string): { text: string; protocol: string } {
  const slash = spec.lastIndexOf('/');
  const protocol = slash < 0 ? 'tcp' : spec.slice(slash + 1).toLowerCase();
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) throw invalid(`invalid proto: ${protocol}`);
  return { text: slash < 0 ? spec : spec.slice(0, slash), protocol };
}

function parseRange(text: string, spec: string): Range {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const start = Number(match?.[1]);
  const end = Number(match?.[2] ?? match?.[1]);
  if (!match || start > 65535 || end > 65535)
    throw invalid(
      `invalid port: ${text}${text === spec ? '' : ` in ${spec}`}: want 0-65535 or a range of them`,
    );
  if (end < start) throw invalid(`invalid range specified for port: ${text}`);
  return { start, end };
}

const ports = ({ start, end }: Range): number[] =>
  Array.from({ length: end - start + 1 }, (_, index) => start + index);
