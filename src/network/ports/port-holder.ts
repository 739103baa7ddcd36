import { readdir, readFile, readlink } from 'node:fs/promises';
import { parseAddress } from '../../lib/ip-address.ts';
import type { Protocol } from '../types.ts';

/** TCP_LISTEN, and the state of a UDP socket that is bound. */
const STATES: Readonly<Record<string, string>> = { tcp: '0A', udp: '07' };

/** Who holds a port of the host, such as `nginx (pid 812)`; undefined when it can't be told. */
export async function findPortHolder(
  protocol: Protocol,
  address: string,
  port: number,
): Promise<string | undefined> {
  const inodes = await listeningInodes(protocol, address, port);
  if (inodes.size === 0) return undefined;
  const pid = await findOwner(inodes);
  if (pid === undefined) return undefined;
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return name ? `${name.trim()} (pid ${pid})` : undefined;
}

async function listeningInodes(protocol: Protocol, address: string, port: number): Promise<Set<string>> {
  const inodes = new Set<string>();
  const wildcard = address === '0.0.0.0' || address === '::';
  for (const family of ['', '6']) {
    const text = await readFile(`/proc/net/${protocol}${family}`, 'latin1').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [host = '', hexPort = ''] = local.split(':');
      if (state !== STATES[protocol] || parseInt(hexPort, 16) !== port) continue;
      if (wildcard || /^0+$/.test(host) || host === kernelAddress(address)) inodes.add(`socket:[${inode}]`);
    }
  }
  return inodes;
}

/** An address as /proc/net writes it: words of four bytes in host order. */
function kernelAddress(text: string): string {
  const { family = 4, value = 0n } = parseAddress(text) ?? {};
  const hex = value
    .toString(16)
    .padStart(family === 4 ? 8 : 32, '0')
    .toUpperCase();
  const words = hex.match(/.{8}/g) ?? [];
  return words.map((word) => (word.match(/../g) ?? []).toReversed().join('')).join('');
}

async function findOwner(inodes: ReadonlySet<string>): Promise<string | undefined> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const fd of fds) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      if (inodes.has(target)) return pid;
    }
  }
  return undefined;
}
