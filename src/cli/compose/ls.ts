import { label } from '../../compose/plan/labels.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { defineCommand } from '../command.ts';
import { bool, list, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';

interface Row {
  readonly name: string;
  readonly containers: readonly ContainerSummary[];
}

export const command = defineCommand({
  summary: 'List running compose projects',
  usage: '[OPTIONS]',
  flags: {
    all: bool('Show all stopped Compose projects', 'a'),
    filter: list('Filter output based on conditions provided', undefined, 'filter'),
    format: text('Format the output. Values: [table | json]'),
    quiet: bool('Only display project names', 'q'),
  },
  async run(context, flags) {
    const containers = await context.client.containers.list({
      all: flags.all ?? false,
      filters: { label: [label.project] },
    });
    const groups = Map.groupBy(containers, ({ Labels }) => Labels[label.project] ?? '');
    const items = [...groups]
      .map(([name, items]): Row => ({ name, containers: items }))
      .toSorted((a, b) => a.name.localeCompare(b.name));
    context.out.write(
      await formatList({
        items,
        columns,
        shown: ['Name', 'Status', 'ConfigFiles'],
        format: flags.format,
        quiet: flags.quiet && 'Name',
      }),
    );
  },
});

const columns: Columns<Row> = {
  ConfigFiles: ['CONFIG FILES', ({ containers }) => containers[0]?.Labels[label.configFiles] ?? ''],
  Name: ['NAME', ({ name }) => name],
  Status: [
    'STATUS',
    ({ containers }) =>
      [...Map.groupBy(containers, ({ State }) => State)]
        .map(([state, items]) => `${state}(${items.length})`)
        .join(', '),
  ],
};
