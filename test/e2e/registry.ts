import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../src/lib/compression.ts';
import { start } from '../../src/lib/exec.ts';
import type { Certificate } from './certificates.ts';

export interface TestRegistry extends AsyncDisposable {
  /** `localhost:port` */
  readonly host: string;
}

/** Debian's docker-registry on a free port of loopback, with a directory of its own; without TLS unless it gets a certificate. */
export async function startTestRegistry(certificate?: Certificate): Promise<TestRegistry> {
  const program = findProgram('docker-registry');
  if (program === undefined) throw new Error('docker-registry is not installed: make setup');
  const directory = mkdtempSync(join(tmpdir(), 'lade-registry-'));
  const port = await freePort();
  const config = join(directory, 'config.yml');
  const tls = certificate ? `, tls: {certificate: ${certificate.cert}, key: ${certificate.key}}` : '';
  writeFileSync(
    config,
    `version: 0.1\nstorage: {filesystem: {rootdirectory: ${directory}/data}}\nhttp: {addr: '127.0.0.1:${port}'${tls}}\n`,
  );
  const child = start(program, ['serve', config], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const dispose = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20))
    if (await answers(port)) return { host: `localhost:${port}`, [Symbol.asyncDispose]: dispose };
  await dispose();
  throw new Error('docker-registry did not start');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
