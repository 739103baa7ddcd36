/*
 * Has Docker's Compose print the projects of config/ and writes down what it printed, as seen from /mnt:
 *   DOCKER_CLI=docker node test/compose-files/record-config.ts [THEME…]        (as root: it mounts in a namespace of its own)
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../../src/lib/exec.ts';
import { type ComposeCase, readCases, writeCase } from './cases.ts';
import type { Recorded } from './config.test.ts';

const docker = process.env['DOCKER_CLI'] ?? 'docker';
const directory = mkdtempSync('/tmp/lading-compose-');
const anyStatus = Array.from({ length: 256 }, (_, code) => code);

async function run(folder: string, one: ComposeCase, args: readonly string[]): Promise<string> {
  const { SERVICES = '', ...env } = one.env;
  const line = ['compose', ...one.flags, ...args, ...SERVICES.split(' ').filter(Boolean)];
  const script = 'mount --bind "$0" /mnt && cd /mnt && exec "$@"';
  const { stdout, stderr, status } = await exec(
    'unshare',
    ['-m', 'sh', '-c', script, folder, docker, ...line],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        DOCKER_CONFIG: process.env['DOCKER_CONFIG'] ?? '',
        HOME: '/root',
        PWD: '/mnt',
        ...env,
      },
      okStatus: anyStatus,
    },
  );
  if (status !== 0) throw new Error(`${one.theme}: ${one.title}: ${stderr}`);
  return stdout;
}

const wanted = process.argv.slice(2);
try {
  const cases = readCases('config').filter(({ theme }) => wanted.length === 0 || wanted.includes(theme));
  for (const [theme, members] of Map.groupBy(cases, (one) => one.theme)) {
    const results: Record<string, Recorded> = {};
    for (const [index, one] of members.entries()) {
      const folder = join(directory, `${theme}-${index}`);
      mkdirSync(folder);
      writeCase(folder, one);
      const { SERVICES: _services, ...env } = one.env;
      results[one.title] = {
        yaml: await run(folder, one, ['config']),
        json: await run(folder, one, ['config', '--format', 'json']),
        hashes: await run(folder, { ...one, env }, ['config', '--hash', '*']),
      };
    }
    writeFileSync(
      join(import.meta.dirname, 'config', `${theme}.json`),
      `${JSON.stringify(results, null, 1)}\n`,
    );
    console.log(`${theme}: ${members.length}`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
