import { isIP } from 'node:net';
import { type Position, SourceError } from '../../parse/dockerfile-error.ts';
import type { ApplyContext } from './context.ts';

/**
 * `80`, `80/udp`, `8000-8002/tcp` to `80/tcp` and its like. An address and a port of the host in front must be right, have no effect, and
 * are reported.
 */
export function parseExpose(text: string, position: Position, report: ApplyContext['report']): string[] {
  const { address, host, port } = splitMapping(text);
  const [ports = '', protocol = ''] = port.split(/\/(.*)/s);
  const refuse = (message: string): SourceError => new SourceError(position, message);
  if (ports === '') throw refuse(`invalid port: ${JSON.stringify(text)}: no port specified`);
  const name = protocol.toLowerCase() || 'tcp';
  if (name !== 'tcp' && name !== 'udp' && name !== 'sctp')
    throw refuse(`invalid port: ${JSON.stringify(text)}: invalid proto: ${protocol}`);
  if (protocol !== protocol.toLowerCase())
    report('ExposeProtoCasing', `Defined protocol '${text}' in EXPOSE instruction should be lowercase`);
  if (address !== '' || host !== '')
    report(
      'ExposeInvalidFormat',
      `EXPOSE instruction should not define an IP address or host-port mapping, found '${text}'`,
    );
  if (address !== '' && isIP(address) === 0) throw refuse(`invalid IP address: ${address}`);
  const range = parseRange(ports);
  if (!range) throw refuse(`invalid containerPort: ${ports}`);
  const hosts = host === '' ? range : parseRange(host);
  if (!hosts) throw refuse(`invalid hostPort: ${host}`);
  if (range.length > 1 && hosts.length !== range.length)
    throw refuse(`invalid ranges specified for container and host Ports: ${ports} and ${host}`);
  return range.map((number) => `${number}/${name}`);
}

/** `[[address:]host:]port`; the address may be IPv6, with brackets or without. */
function splitMapping(text: string): { address: string; host: string; port: string } {
  const parts = text.split(':');
  const port = parts.pop() ?? '';
  const host = parts.pop() ?? '';
  return { address: parts.join(':').replace(/^\[(.*)\]$/, '$1'), host, port };
}

/** The numbers of `80` or `8000-8002`. */
function parseRange(text: string): number[] | undefined {
  const [, start, end = start] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(start), Number(end)];
  if (start === undefined || first > last || last > 65535) return undefined;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
