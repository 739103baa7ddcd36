import { once } from 'node:events';
import { chownSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { EngineError, hasCode, invalid, messageOf } from '../lib/errors.ts';
import type { Address } from './address.ts';
import { inheritedSockets } from './inherited-sockets.ts';

/** Those of this group may use the engine, as Docker's. */
export const DEFAULT_GROUP = 'docker';

export interface ListenOptions {
  /** Makes a server for one address; `secure` = for clients that come by TCP, with TLS where that is configured. */
  readonly makeServer: (secure: boolean) => Server;
  /** Owner of unix sockets: a name or a number; empty = root's. Default `docker`, where there is such a group. */
  readonly group?: string;
}

/** Listens at all addresses or at none. Each gets a server of its own; the caller closes them. */
export async function listenAll(addresses: readonly Address[], options: ListenOptions): Promise<Server[]> {
  const servers: Server[] = [];
  try {
    for (const address of addresses) servers.push(...(await listen(address, options)));
    return servers;
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
}

async function listen(address: Address, { makeServer, group }: ListenOptions): Promise<Server[]> {
  switch (address.scheme) {
    case 'unix':
      return [await listenUnix(address.path, socketOwner(group), makeServer(false))];
    case 'tcp': {
      const { host, port } = address;
      return [await started(makeServer(true), { host, port }, `tcp://${host}:${port}`)];
    }
    case 'fd':
      return Promise.all(
        inheritedSockets(address.which).map(({ fd, isUnix }) =>
          started(makeServer(!isUnix), { fd }, `fd://${fd}`),
        ),
      );
  }
}

async function listenUnix(path: string, gid: number | undefined, server: Server): Promise<Server> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  await removeStaleSocket(path);
  const before = process.umask(0o117); // the socket must at no moment be open to everybody
  try {
    await started(server, { path }, `unix://${path}`);
  } finally {
    process.umask(before);
  }
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

async function started(server: Server, where: object, name: string): Promise<Server> {
  try {
    server.listen(where);
    await once(server, 'listening');
    return server;
  } catch (error) {
    const why = hasCode(error, 'EADDRINUSE') ? 'another program does' : messageOf(error);
    throw new EngineError('unavailable', `cannot listen on ${name}: ${why}`, { cause: error });
  }
}

/** Throws for a group that was asked for and is not there; the default one may be missing. */
function socketOwner(group: string = DEFAULT_GROUP): number | undefined {
  if (group === '') return undefined;
  if (/^\d+$/.test(group)) return Number(group);
  const line = groups().find((entry) => entry.startsWith(`${group}:`));
  if (line === undefined && group !== DEFAULT_GROUP) throw invalid(`group ${group} not found (option group)`);
  return line === undefined ? undefined : Number(line.split(':')[2]);
}

function groups(): string[] {
  try {
    return readFileSync('/etc/group', 'utf8').split('\n');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
