import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exec, start } from '../src/lib/exec.ts';

export interface ServedDirectory extends AsyncDisposable {
  /** `127.0.0.1:port`, the same in both network namespaces. */
  readonly host: string;
  readonly directory: string;
  /** Takes everything out of it. */
  empty(): void;
}

/** Debian's docker-registry over a directory on disk; where a rival lives in a network namespace of its own, a second one over it there. */
export async function serveDirectory(rivalNamespace: string | undefined): Promise<ServedDirectory> {
  const root = mkdtempSync(join(tmpdir(), 'lade-bench-registry-'));
  const directory = join(root, 'data');
  mkdirSync(directory);
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const config = join(root, 'config.yml');
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: ${directory}}}\n` +
      `http: {addr: '127.0.0.1:${port}'}\n`,
  );
  const serve = ['docker-registry', 'serve', config];
  const lines = [serve, ...(rivalNamespace ? [['nsenter', `--net=${rivalNamespace}`, ...serve]] : [])];
  const servers = lines.map(([program = '', ...args]) => start(program, args, { stdio: 'ignore' }));
  const ended = servers.map((server) => once(server, 'exit'));
  const within = rivalNamespace ? ['nsenter', `--net=${rivalNamespace}`] : [];
  for (const prefix of [[], within])
    await answers([...prefix, 'bash', '-c', `: </dev/tcp/127.0.0.1/${port}`]);
  return {
    host: `127.0.0.1:${port}`,
    directory,
    empty: () => rmSync(join(directory, 'docker'), { recursive: true, force: true }),
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.kill('SIGKILL');
      await Promise.all(ended);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function answers([program = '', ...args]: readonly string[]): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(50)) {
    const { status } = await exec(program, args, { okStatus: [0, 1] });
    if (status === 0) return;
  }
  throw new Error('docker-registry did not start');
}
