import { readFile } from 'node:fs/promises';
import { hasCode } from '../lib/errors.ts';

/** A TCP socket that takes connections. */
export interface ListeningSocket {
  readonly address: string;
  readonly port: number;
}

/** Where the engine's own name server is in every container (`network/dns`). */
const NAME_SERVER = '127.0.0.11';

/** The sockets that programs listen on in the network namespace of a process; none when it is gone. */
export async function readListeningSockets(pid: number): Promise<ListeningSocket[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) =>
      readFile(`/proc/${pid}/net/${name}`, 'utf8').catch((error: unknown) => {
        if (hasCode(error, 'ENOENT', 'ESRCH', 'EINVAL')) return '';
        throw error;
      }),
    ),
  );
  return tables.flatMap(parseListening).filter(({ address }) => address !== NAME_SERVER);
}

const LISTEN = '0A';

/** Reads /proc/net/tcp and tcp6 (see proc_net_tcp in the kernel's documentation): addresses are words of four bytes, last one first. */
export function parseListening(table: string): ListeningSocket[] {
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN)
    .map(([, local = '']) => {
      const [address = '', port = ''] = local.split(':');
      return { address: formatAddress(address), port: Number.parseInt(port, 16) };
    });
}

function formatAddress(hex: string): string {
  const bytes = hex.match(/.{8}/g)?.flatMap((word) => [...Buffer.from(word, 'hex')].toReversed()) ?? [];
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.every((byte) => byte === 0)) return '::';
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255) return bytes.slice(12).join('.'); // IPv4 in IPv6
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  return groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
}
