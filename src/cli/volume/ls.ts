import { defineCommand } from '../command.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool, text } from '../flags.ts';
import { formatList } from '../format/table.ts';
import { volumeColumns } from './volume-columns.ts';

export const command = defineCommand({
  summary: 'List volumes',
  usage: '[OPTIONS]',
  flags: {
    filter: filterFlag('Provide filter values (e.g. "dangling=true")', 'f'),
    format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
    quiet: bool('Only display volume names', 'q'),
  },
  async run(context, flags) {
    const { Volumes } = await context.client.volumes.list(parseFilters(flags.filter));
    const items = (Volumes ?? []).toSorted((a, b) => a.Name.localeCompare(b.Name));
    context.out.write(
      await formatList({
        items,
        columns: volumeColumns,
        shown: ['Driver', 'Name'],
        format: flags.format,
        quiet: flags.quiet && 'Name',
        labels: ({ Labels }) => Labels,
      }),
    );
  },
});
