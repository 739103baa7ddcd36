/*
 * Has Docker's Compose check the projects of wrong/ and writes down its exit status and the first line of what it says:
 *   DOCKER_CLI=docker node test/compose-files/record-wrong.ts [THEME…]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCases } from './cases.ts';
import { runDocker } from './run-docker.ts';

const directory = mkdtempSync('/tmp/lading-compose-');
const wanted = process.argv.slice(2);
try {
  const cases = readCases('wrong').filter(({ theme }) => wanted.length === 0 || wanted.includes(theme));
  for (const [theme, members] of Map.groupBy(cases, (one) => one.theme)) {
    const results: Record<string, { status: number; line: string }> = {};
    for (const [index, one] of members.entries()) {
      const folder = join(directory, `${theme}-${index}`);
      const { status, stderr } = await runDocker(folder, one, ['config', '-q']);
      const line = stderr.split('\n').find((text) => !text.startsWith('time=')) ?? '';
      results[one.title] = { status: status ?? 0, line };
    }
    writeFileSync(
      join(import.meta.dirname, 'wrong', `${theme}.json`),
      `${JSON.stringify(results, null, 1)}\n`,
    );
    console.log(`${theme}: ${members.length}`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
