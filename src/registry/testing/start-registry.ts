import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { start } from '../../lib/exec.ts';

/** Debian's `docker-registry` on a free loopback port with its storage in a directory of its own; for tests. */
export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly directory: string;
}

export async function startRegistry(options: { htpasswd?: string } = {}): Promise<TestRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'lading-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(directory, 'config.yml');
  writeFileSync(join(directory, 'htpasswd'), options.htpasswd ?? '');
  writeFileSync(config, configText(directory, host, options.htpasswd !== undefined));
  const child = start('docker-registry', ['serve', config], { stdio: 'ignore' });
  const closed = once(child, 'close');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await closed.catch(() => {});
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await answering(host, closed);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host, directory, [Symbol.asyncDispose]: stop };
}

function configText(directory: string, host: string, basic: boolean): string {
  return `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${directory}/data }, delete: { enabled: true } }
http: { addr: '${host}', relativeurls: true }
${basic ? `auth: { htpasswd: { realm: test, path: ${directory}/htpasswd } }` : ''}
`;
}

async function answering(host: string, closed: Promise<unknown>): Promise<void> {
  let ended = false;
  closed.then(
    () => (ended = true),
    () => (ended = true),
  );
  for (let tries = 0; tries < 200 && !ended; tries += 1) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer) return;
    await delay(25);
  }
  throw new Error('docker-registry did not start');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
