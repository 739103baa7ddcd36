import type { Group } from './commands.ts';
import { ExitError } from './exit-code.ts';

/** Lists the commands of a group: on standard output when they were asked for, on standard error when a word is missing. */
export async function printGroupHelp(name: string, group: Group, flag: string): Promise<number> {
  const isAsked = flag === '--help' || flag === '-h';
  if (flag !== '' && !isAsked)
    throw new ExitError(
      125,
      `unknown flag: ${flag}\n\nUsage:  lade ${name} COMMAND\n\nRun 'lade ${name} --help' for more information`,
    );
  const rows = await Promise.all(
    Object.entries(group.commands).map(
      async ([verb, load]) => [verb, (await load()).command.summary] as const,
    ),
  );
  const width = Math.max(...rows.map(([verb]) => verb.length));
  const list = rows
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([verb, summary]) => `  ${verb.padEnd(width)}   ${summary}\n`)
    .join('');
  (isAsked ? process.stdout : process.stderr).write(
    `\nUsage:  lade ${name} COMMAND\n\n${group.summary}\n\nCommands:\n${list}\nRun 'lade ${name} COMMAND --help' for more information on a command.\n`,
  );
  return 0;
}
