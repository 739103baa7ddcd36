import { type Position, SourceError } from '../../parse/dockerfile-error.ts';

/** `80`, `80/udp`, `8000-8002/tcp` to `80/tcp` and its like. An address and a port of the host in front have no effect (a check tells it). */
export function parseExpose(text: string, position: Position): string[] {
  const [mapping = '', protocol = 'tcp', ...more] = text.split('/');
  const ports = mapping.slice(mapping.lastIndexOf(':') + 1);
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(ports);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (!match || more.length > 0 || first > last || last > 65535)
    throw new SourceError(position, `invalid containerPort: ${ports}`);
  const name = protocol.toLowerCase();
  if (name !== 'tcp' && name !== 'udp' && name !== 'sctp')
    throw new SourceError(position, `invalid port: ${JSON.stringify(text)}: invalid proto: ${protocol}`);
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${name}`);
}
