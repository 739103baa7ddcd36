import { optionRows } from '../command.ts';
import { composeCommands, composeGroups } from './commands.ts';
import { globalFlags } from './globals.ts';

/** What `--help` prints for `lade compose`, or for a group of its commands: a line for each command. */
export async function composeHelp(group: string): Promise<string> {
  const prefix = group === '' ? '' : `${group} `;
  const isMember = (name: string): boolean =>
    name.startsWith(prefix) && !name.slice(prefix.length).includes(' ');
  const groups = Object.entries(composeGroups).filter(([name]) => isMember(name) && name !== 'alpha');
  const commands = await Promise.all(
    Object.entries(composeCommands)
      .filter(([name, { hidden }]) => !hidden && isMember(name))
      .map(async ([name, { load }]) => [name, (await load()).command.summary] as const),
  );
  const width = Math.max(...[...groups, ...commands].map(([name]) => name.length)) - prefix.length;
  const section = (title: string, rows: readonly (readonly [name: string, summary: string])[]): string =>
    rows.length === 0
      ? ''
      : `\n${title}:\n${rows.map(([name, summary]) => `  ${name.slice(prefix.length).padEnd(width)}   ${summary}\n`).join('')}`;
  const own = `lade compose${group === '' ? '' : ` ${group}`}`;
  const options = group === '' ? `\nOptions:\n${optionRows(globalFlags)}` : '';
  return (
    `Usage:  ${own}${group === '' ? ' [OPTIONS]' : ''} COMMAND\n\n` +
    `${composeGroups[group] ?? 'Define and run multi-container applications'}\n${options}` +
    section('Management Commands', groups) +
    section('Commands', commands) +
    `\nRun '${own} COMMAND --help' for more information on a command.\n`
  );
}
