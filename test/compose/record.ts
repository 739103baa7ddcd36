/*
 * Has Docker Compose print the model of every case, and writes it down:
 *   DOCKER_CLI=docker node test/compose/record.ts [THEME…]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../../src/lib/exec.ts';
import {
  type CaseResult,
  type ComposeCase,
  readCases,
  resultsPath,
  withoutPaths,
  writeFiles,
} from './cases.ts';

const docker = process.env['DOCKER_CLI'] ?? 'docker';
const root = mkdtempSync(join(tmpdir(), 'lading-compose-'));
const directory = join(root, 'app');

/** A docker command under load may not see its plugins. */
const notThere = /unknown (flag|command|shorthand)/;

async function record(one: ComposeCase, tries = 5): Promise<CaseResult> {
  writeFiles(directory, one);
  const { status, stdout, stderr } = await exec(
    docker,
    ['compose', ...one.globals, 'config', '--format', 'json', ...one.options],
    {
      cwd: directory,
      env: {
        PATH: process.env['PATH'],
        HOME: homedir(),
        PWD: directory,
        DOCKER_CONFIG: process.env['DOCKER_CONFIG'],
        ...one.env,
      },
      input: one.files['-'] ?? '',
      okStatus: Array.from({ length: 256 }, (_, code) => code),
    },
  );
  if (status !== 0 && notThere.test(stderr) && tries > 0) return record(one, tries - 1);
  if (status !== 0) return { error: withoutPaths(stderr.trim(), directory) };
  return {
    model: JSON.parse(withoutPaths(stdout, directory)) as unknown,
    warnings: warningsOf(withoutPaths(stderr, directory)),
  };
}

const warningsOf = (stderr: string): string[] =>
  [
    ...new Set(
      [...stderr.matchAll(/level=warning msg=("(?:[^"\\]|\\.)*")/g)].map(
        ([, text = '""']) => JSON.parse(text) as string,
      ),
    ),
  ].toSorted();

const wanted = process.argv.slice(2);
const cases = readCases().filter(({ theme }) => wanted.length === 0 || wanted.includes(theme));
try {
  for (const [theme, members] of Map.groupBy(cases, (one) => one.theme)) {
    const results: Record<string, CaseResult> = {};
    for (const one of members) results[one.title] = await record(one);
    writeFileSync(resultsPath(theme), `${JSON.stringify(results, null, 1)}\n`);
    console.log(`${theme}: ${members.length}`);
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
