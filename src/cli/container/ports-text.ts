import type { PortSummary } from '../../wire/container.ts';

/**
 * The PORTS column: `443/tcp, 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp`, by the port of the container, as Docker's clients have it.
 * Neighbours that keep their number, or have none outside, are joined to ranges, and come first.
 */
export function portsText(ports: readonly PortSummary[]): string {
  const done: Range[] = [];
  const open = new Map<string, Range>();
  const mapped: string[] = [];
  for (const port of ports.toSorted(comparePorts)) {
    if (port.PublicPort !== undefined && port.PublicPort !== port.PrivatePort) {
      mapped.push(`${outside(port, port.PublicPort)}${port.PrivatePort}/${port.Type}`);
      continue;
    }
    const key = `${port.IP ?? ''}/${port.Type}`;
    const range = open.get(key);
    if (range && port.PrivatePort === range.last + 1) {
      range.last = port.PrivatePort;
      continue;
    }
    if (range) done.push(range);
    open.set(key, { port, first: port.PrivatePort, last: port.PrivatePort });
  }
  return [...[...done, ...open.values()].map(rangeText), ...mapped].join(', ');
}

interface Range {
  readonly port: PortSummary;
  readonly first: number;
  last: number;
}

const comparePorts = (a: PortSummary, b: PortSummary): number =>
  a.PrivatePort - b.PrivatePort ||
  compareText(a.IP ?? '', b.IP ?? '') ||
  (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
  compareText(a.Type, b.Type);

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

function rangeText({ port, first, last }: Range): string {
  const numbers = first === last ? `${first}` : `${first}-${last}`;
  return `${port.PublicPort === undefined ? '' : outside(port, numbers)}${numbers}/${port.Type}`;
}

const outside = ({ IP = '' }: PortSummary, numbers: string | number): string =>
  `${IP.includes(':') ? `[${IP}]` : IP}:${numbers}->`;
