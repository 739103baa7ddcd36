import { mkdirSync } from 'node:fs';
import { exec } from '../../src/lib/exec.ts';
import { type ComposeCase, writeCase } from './cases.ts';

const anyStatus = Array.from({ length: 256 }, (_, code) => code);
const script = 'mount --bind "$0" /mnt && cd /mnt && exec "$@"';

/** Runs Docker's Compose on a case as if its files lay in /mnt; needs root for a mount namespace. */
export function runDocker(folder: string, one: ComposeCase, args: readonly string[]) {
  mkdirSync(folder, { recursive: true });
  writeCase(folder, one);
  const { PATH = '', DOCKER_CONFIG = '', DOCKER_CLI = 'docker' } = process.env;
  return exec('unshare', ['-m', 'sh', '-c', script, folder, DOCKER_CLI, 'compose', ...one.flags, ...args], {
    env: { PATH, DOCKER_CONFIG, HOME: '/root', PWD: '/mnt', ...one.env },
    okStatus: anyStatus,
  });
}
