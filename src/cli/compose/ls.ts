import { label } from '../../compose/plan/labels.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool, text } from '../flags.ts';
import { align } from '../format/align.ts';
import { defineComposeCommand } from './globals.ts';
import { checkListFormat } from './list-format.ts';

export const command = defineComposeCommand({
  summary: 'List running compose projects',
  usage: '[OPTIONS]',
  flags: {
    all: bool('Show all stopped Compose projects', 'a'),
    filter: filterFlag('Filter output based on conditions provided'),
    format: text('Format the output. Values: [table | json]'),
    quiet: bool('Only display project names', 'q'),
  },
  async run(context, flags) {
    const isWanted = nameFilter(flags.filter);
    const containers = await context.client.containers.list({
      all: flags.all ?? false,
      filters: { label: [label.project, label.configHash] },
    });
    const rows = [...Map.groupBy(containers, ({ Labels }) => Labels[label.project] ?? '')]
      .filter(([name]) => isWanted(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([Name, items]) => ({ Name, Status: statusOf(items), ConfigFiles: filesOf(items) }));
    if (flags.quiet) rows.forEach(({ Name }) => print(context, Name));
    else if (checkListFormat(flags.format) === 'json') print(context, JSON.stringify(rows));
    else
      context.out.write(
        align(
          [
            ['NAME', 'STATUS', 'CONFIG FILES'],
            ...rows.map(({ Name, Status, ConfigFiles }) => [Name, Status, ConfigFiles]),
          ],
          20,
        ),
      );
  },
});

/** `--filter name=PATTERN`: a name or a regular expression, any of them. */
function nameFilter(specs: readonly string[]): (name: string) => boolean {
  const { name: patterns, ...others } = parseFilters(specs);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new ExitError(1, `invalid filter '${unknown}'`);
  return (name) => !patterns || patterns.some((pattern) => pattern === name || matchesSafely(pattern, name));
}

function matchesSafely(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern).test(name);
  } catch {
    return false; // no regular expression, and no name either
  }
}

/** `exited(1), running(3)` */
const statusOf = (containers: readonly ContainerSummary[]): string =>
  [...Map.groupBy(containers, ({ State }) => State)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([state, items]) => `${state}(${items.length})`)
    .join(', ');

/** The files of all containers: older ones may be made of others. */
const filesOf = (containers: readonly ContainerSummary[]): string =>
  [...new Set(containers.flatMap(({ Labels }) => (Labels[label.configFiles] ?? 'N/A').split(',')))].join(',');
