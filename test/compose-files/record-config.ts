/*
 * Has Docker's Compose print the projects of config/ and writes down what it printed:
 *   DOCKER_CLI=docker node test/compose-files/record-config.ts [THEME…]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ComposeCase, readCases } from './cases.ts';
import type { Recorded } from './config.test.ts';
import { runDocker } from './run-docker.ts';

const directory = mkdtempSync('/tmp/lading-compose-');

async function print(folder: string, one: ComposeCase, args: readonly string[]): Promise<string> {
  const { SERVICES = '', ...env } = one.env;
  const { stdout, stderr, status } = await runDocker(folder, { ...one, env }, [
    'config',
    ...args,
    ...(args.includes('--hash') ? [] : SERVICES.split(' ').filter(Boolean)),
  ]);
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
      results[one.title] = {
        yaml: await print(folder, one, []),
        json: await print(folder, one, ['--format', 'json']),
        hashes: await print(folder, one, ['--hash', '*']),
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
