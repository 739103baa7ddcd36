import { once } from 'node:events';
import { chownSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { BlockList, connect, isIP } from 'node:net';
import { dirname } from 'node:path';
import { EngineError, invalid, messageOf } from '../lib/errors.ts';

const SYSTEMD_FIRST_FD = 3;
/** Those of this group may use the engine, as Docker's. */
const GROUP = 'docker';

export interface ListenOptions {
  readonly allowRemote: boolean;
}

/** Listens where `hosts` say, all or nothing. Each address gets a server of its own; the caller closes them. */
export async function listenAll(
  hosts: readonly string[],
  makeServer: () => Server,
  options: ListenOptions,
): Promise<Server[]> {
  const servers: Server[] = [];
  try {
    for (const host of hosts) servers.push(...(await listen(host, makeServer, options)));
    return servers;
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
}

async function listen(host: string, makeServer: () => Server, options: ListenOptions): Promise<Server[]> {
  const match = /^(unix|tcp|fd):\/\/(.*)$/.exec(host);
  const [, scheme, rest = ''] = match ?? [];
  switch (scheme) {
    case 'unix':
      return [await listenUnix(rest, makeServer())];
    case 'tcp':
      return [await listenTcp(rest, makeServer(), options)];
    case 'fd':
      return Promise.all(inheritedSockets().map((fd) => started(makeServer(), { fd }, host)));
    default:
      throw invalid(`invalid host ${JSON.stringify(host)}: want unix:///path, tcp://address:port or fd://`);
  }
}

async function listenUnix(path: string, server: Server): Promise<Server> {
  if (!path.startsWith('/')) throw invalid(`invalid host unix://${path}: want an absolute path`);
  if (Buffer.byteLength(path) > 107)
    throw invalid(`invalid host unix://${path}: longer than the 107 bytes that a socket's path may have`);
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

async function listenTcp(address: string, server: Server, options: ListenOptions): Promise<Server> {
  const url = URL.parse(`tcp://${address}`);
  const host = url?.hostname.replace(/^\[(.*)\]$/, '$1') ?? '';
  const port = Number(url?.port || 2375);
  if (!url || (url.pathname !== '' && url.pathname !== '/'))
    throw invalid(`invalid host tcp://${address}: want tcp://address:port`);
  if (!options.allowRemote && !isLoopback(host)) {
    throw new EngineError(
      'forbidden',
      `refusing to listen on tcp://${address}: whoever reaches it controls this host. Use a unix socket, ssh or a loopback address, or --allow-remote`,
    );
  }
  return started(server, { host: host || '127.0.0.1', port }, `tcp://${address}`);
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  if (host === '' || host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
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
