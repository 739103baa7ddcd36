import { once } from 'node:events';
import { chownSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { BlockList, connect, isIP } from 'node:net';
import { dirname } from 'node:path';
import { EngineError, invalid, messageOf } from '../lib/errors.ts';

const SYSTEMD_FIRST_FD = 3;
/** Those of this group may use the engine, as Docker's. */
const GROUP = 'docker';

/** Where to listen, checked. */
export type Address =
  | { readonly scheme: 'unix'; readonly path: string }
  | { readonly scheme: 'tcp'; readonly host: string; readonly port: number }
  | { readonly scheme: 'fd' };

/** Parses `unix:///path`, `tcp://address:port`, `fd://`. Refuses TCP beyond loopback unless that is allowed. */
export function parseAddress(host: string, options: { allowRemote: boolean }): Address {
  const [, scheme, rest = ''] = /^(unix|tcp|fd):\/\/(.*)$/.exec(host) ?? [];
  switch (scheme) {
    case 'unix':
      return unixAddress(rest);
    case 'tcp':
      return tcpAddress(rest, options.allowRemote);
    case 'fd':
      return { scheme };
    default:
      throw invalid(`invalid host ${JSON.stringify(host)}: want unix:///path, tcp://address:port or fd://`);
  }
}

function unixAddress(path: string): Address {
  const fail = (why: string): Error => invalid(`invalid host unix://${path}: ${why}`);
  if (!path.startsWith('/')) throw fail('want an absolute path');
  if (Buffer.byteLength(path) > 107) throw fail("longer than the 107 bytes that a socket's path may have");
  return { scheme: 'unix', path };
}

function tcpAddress(text: string, allowRemote: boolean): Address {
  const url = URL.parse(`tcp://${text}`);
  if (!url || (url.pathname !== '' && url.pathname !== '/'))
    throw invalid(`invalid host tcp://${text}: want tcp://address:port`);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1';
  if (!allowRemote && !isLoopback(host)) {
    throw new EngineError(
      'forbidden',
      `refusing to listen on tcp://${text}: whoever reaches it controls this host. Use a unix socket, ssh or a loopback address, or --allow-remote`,
    );
  }
  return { scheme: 'tcp', host, port: Number(url.port || 2375) };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** Listens at all addresses or at none. Each gets a server of its own; the caller closes them. */
export async function listenAll(addresses: readonly Address[], makeServer: () => Server): Promise<Server[]> {
  const servers: Server[] = [];
  try {
    for (const address of addresses) servers.push(...(await listen(address, makeServer)));
    return servers;
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
}

async function listen(address: Address, makeServer: () => Server): Promise<Server[]> {
  switch (address.scheme) {
    case 'unix':
      return [await listenUnix(address.path, makeServer())];
    case 'tcp': {
      const { host, port } = address;
      return [await started(makeServer(), { host, port }, `tcp://${host}:${port}`)];
    }
    case 'fd':
      return Promise.all(inheritedSockets().map((fd) => started(makeServer(), { fd }, `fd://${fd}`)));
  }
}

async function listenUnix(path: string, server: Server): Promise<Server> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  await removeStaleSocket(path);
  const before = process.umask(0o117); // the socket must at no moment be open to everybody
  try {
    await started(server, { path }, `unix://${path}`);
  } finally {
    process.umask(before);
  }
  const gid = groupId(GROUP);
  if (gid !== undefined) chownSync(path, 0, gid);
  return server;
}

/** A socket that nobody listens on any more was left by an engine that was killed. */
async function removeStaleSocket(path: string): Promise<void> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isSocket())
    throw invalid(`cannot listen on unix://${path}: something that is no socket is there`);
  if (await answers(path))
    throw new EngineError('conflict', `cannot listen on unix://${path}: another program does`);
  rmSync(path, { force: true });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** sd_listen_fds(3): sockets that systemd opened for this process. */
function inheritedSockets(): number[] {
  const { LISTEN_PID, LISTEN_FDS } = process.env;
  if (Number(LISTEN_PID) !== process.pid || !LISTEN_FDS)
    throw invalid('fd://: no sockets were handed over (LISTEN_FDS is not set for this process)');
  return Array.from({ length: Number(LISTEN_FDS) }, (_, index) => SYSTEMD_FIRST_FD + index);
}

async function started(server: Server, where: object, name: string): Promise<Server> {
  try {
    server.listen(where);
    await once(server, 'listening');
    return server;
  } catch (error) {
    throw new EngineError('unavailable', `cannot listen on ${name}: ${messageOf(error)}`, { cause: error });
  }
}

function groupId(name: string): number | undefined {
  try {
    const line = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    return line === undefined ? undefined : Number(line.split(':')[2]);
  } catch {
    return undefined;
  }
}
