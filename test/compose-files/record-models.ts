/*
 * Has Docker's Compose print the models of the projects of models/, and writes them down:
 *   DOCKER_CLI=docker node test/compose-files/record-models.ts [THEME…]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../../src/lib/exec.ts';
import { type ComposeCase, readCases, writeCase } from './cases.ts';
import { type CaseModel, configLine, modelsPath, withoutPaths } from './models.ts';

const root = mkdtempSync(join(tmpdir(), 'lading-compose-'));

/** A docker command under load may not see its plugins. */
const notThere = /unknown (flag|command|shorthand)/;

async function record(one: ComposeCase, directory: string, tries = 5): Promise<CaseModel> {
  mkdirSync(directory, { recursive: true });
  writeCase(directory, one);
  const { PATH = '', DOCKER_CONFIG = '', DOCKER_CLI = 'docker' } = process.env;
  const { status, stdout, stderr } = await exec(DOCKER_CLI, ['compose', ...configLine(one)], {
    cwd: directory,
    env: { PATH, DOCKER_CONFIG, HOME: homedir(), PWD: directory, ...one.env },
    input: one.files['-'] ?? '',
    okStatus: Array.from({ length: 256 }, (_, code) => code),
  });
  if (status !== 0 && notThere.test(stderr) && tries > 0) return record(one, directory, tries - 1);
  const told = withoutPaths(stderr, directory);
  if (status !== 0) return { error: told.split('\n').find((line) => !line.startsWith('time=')) ?? '' };
  return { model: JSON.parse(withoutPaths(stdout, directory)) as unknown, warnings: warningsOf(told) };
}

const warningsOf = (told: string): string[] => {
  const texts = [...told.matchAll(/level=warning msg=("(?:[^"\\]|\\.)*")/g)].map(
    ([, text = '""']) => JSON.parse(text) as string,
  );
  return [...new Set(texts)].toSorted();
};

const wanted = process.argv.slice(2);
try {
  const cases = readCases('models').filter(({ theme }) => wanted.length === 0 || wanted.includes(theme));
  for (const [theme, members] of Map.groupBy(cases, (one) => one.theme)) {
    const results: Record<string, CaseModel> = {};
    for (const [index, one] of members.entries())
      results[one.title] = await record(one, join(root, `${theme}-${index}`, 'app'));
    writeFileSync(modelsPath(theme), `${JSON.stringify(results, null, 1)}\n`);
    console.log(`${theme}: ${members.length}`);
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
