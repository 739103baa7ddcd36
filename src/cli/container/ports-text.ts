import type { PortSummary } from '../../wire/container.ts';

/** The PORTS column: `0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 443/tcp`; neighbours are joined to ranges as Docker does. */
export function portsText(ports: readonly PortSummary[]): string {
  const sorted = ports.toSorted((a, b) => compareText(order(a), order(b)) || a.PrivatePort - b.PrivatePort);
  const groups: { first: PortSummary; last: PortSummary }[] = [];
  for (const port of sorted) {
    const group = groups.at(-1);
    if (group && follows(group.last, port)) group.last = port;
    else groups.push({ first: port, last: port });
  }
  return groups.map(({ first, last }) => groupText(first, last)).join(', ');
}

const order = (port: PortSummary): string =>
  `${port.PublicPort === undefined ? '1' : '0'} ${port.IP ?? ''} ${port.Type}`;

function follows(before: PortSummary, next: PortSummary): boolean {
  if (before.IP !== next.IP || before.Type !== next.Type || next.PrivatePort !== before.PrivatePort + 1)
    return false;
  if (before.PublicPort === undefined || next.PublicPort === undefined)
    return before.PublicPort === next.PublicPort;
  return next.PublicPort === before.PublicPort + 1;
}

function groupText(first: PortSummary, last: PortSummary): string {
  const range = (from: number, to: number): string => (from === to ? `${from}` : `${from}-${to}`);
  const inner = `${range(first.PrivatePort, last.PrivatePort)}/${first.Type}`;
  if (first.PublicPort === undefined) return inner;
  const ip = first.IP?.includes(':') ? `[${first.IP}]` : (first.IP ?? '');
  return `${ip}:${range(first.PublicPort, last.PublicPort ?? first.PublicPort)}->${inner}`;
}

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
