import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PublishedPort } from '../../network/types.ts';
import { hasCode } from '../../lib/errors.ts';
import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';

const EVERYWHERE = new Set(['', '0.0.0.0', '::']);

/** FW-BYPASS: a port that is open to everybody though ufw does not allow it: published ports pass before its rules. */
export function findFirewall({ record }: Evidence): Finding[] {
  return notAllowed(record.ports, '/etc/ufw').map(({ hostPort, containerPort }) => ({
    code: 'FW-BYPASS',
    text: `port ${hostPort} of this host is open to everybody, although ufw is on and does not allow it: published ports pass before its rules`,
    fix: `publish it for this host alone: -p 127.0.0.1:${hostPort}:${containerPort}`,
  }));
}

/** The ports of all addresses that no rule of ufw allows; none where ufw is off. One of each number. */
export function notAllowed(ports: readonly PublishedPort[], directory: string): PublishedPort[] {
  if (!/^ENABLED=yes$/m.test(read(join(directory, 'ufw.conf')))) return [];
  const rules = ['user.rules', 'user6.rules'].map((name) => read(join(directory, name))).join('\n');
  const open = ports.filter(
    ({ hostIp, protocol, hostPort }) =>
      hostPort > 0 && EVERYWHERE.has(hostIp) && !allows(rules, protocol, hostPort),
  );
  return [...new Map(open.map((port) => [`${port.hostPort}/${port.protocol}`, port])).values()];
}

/** `### tuple ### allow tcp 5432 0.0.0.0/0 any 0.0.0.0/0 in`; ports may be lists of numbers and ranges `1:9`. */
function allows(rules: string, protocol: string, port: number): boolean {
  return [...rules.matchAll(/^### tuple ### (?:allow|limit)\S* (\S+) (\S+) /gm)].some(
    ([, of, ports = '']) =>
      (of === 'any' || of === protocol) && ports.split(',').some((part) => covers(part, port)),
  );
}

function covers(part: string, port: number): boolean {
  const [first = '', last = first] = part.split(':');
  return part === 'any' || (Number(first) <= port && port <= Number(last));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES')) return '';
    throw error;
  }
}
