import { optionRows } from '../command.ts';
import { composeCommands } from './commands.ts';
import { globalFlags } from './globals.ts';

/** What `lade compose --help` prints: a line for each command. */
export async function composeHelp(): Promise<string> {
  const commands = await Promise.all(
    Object.entries(composeCommands)
      .filter(([, { hidden }]) => !hidden)
      .map(async ([name, { load }]) => [name, (await load()).command.summary] as const),
  );
  const width = Math.max(...commands.map(([name]) => name.length));
  const rows = commands.map(([name, summary]) => `  ${name.padEnd(width)}   ${summary}\n`);
  return (
    `Usage:  lade compose [OPTIONS] COMMAND\n\nDefine and run multi-container applications\n` +
    `\nOptions:\n${optionRows(globalFlags)}\nCommands:\n${rows.join('')}` +
    `\nRun 'lade compose COMMAND --help' for more information on a command.\n`
  );
}
