/*
 * Has Docker's Compose run the command lines of commands/ and writes down exit status and output of each:
 *   DOCKER_CLI=docker node test/compose-files/record-commands.ts
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCases } from './cases.ts';
import { type Ran, inOrder } from './commands.ts';
import { runDocker } from './run-docker.ts';

const directory = mkdtempSync('/tmp/lading-compose-');
try {
  for (const [theme, members] of Map.groupBy(readCases('commands'), (one) => one.theme)) {
    const results: Record<string, Record<string, Ran>> = {};
    for (const [index, one] of members.entries()) {
      const ran: Record<string, Ran> = {};
      for (const line of one.commands) {
        const folder = join(directory, `${theme}-${index}`);
        const { status, stdout } = await runDocker(folder, one, line.split(' '));
        ran[line] = { status: status ?? 0, stdout: inOrder(line, stdout) };
      }
      results[one.title] = ran;
    }
    const text = `${JSON.stringify(results, null, 1)}\n`;
    writeFileSync(join(import.meta.dirname, 'commands', `${theme}.json`), text);
    console.log(`${theme}: ${members.length}`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
