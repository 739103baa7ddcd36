import { defineCommand } from '../command.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool, int, text } from '../flags.ts';

export const command = defineCommand({
  summary: 'List containers',
  usage: '[OPTIONS]',
  flags: {
    all: bool('Show all containers (default shows just running)', 'a'),
    filter: filterFlag('Filter output based on conditions provided', 'f'),
    format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
    last: int('Show n last created containers (includes all states)', 'n'),
    latest: bool('Show the latest created container (includes all states)', 'l'),
    'no-trunc': bool("Don't truncate output"),
    quiet: bool('Only display container IDs', 'q'),
    size: bool('Display total file sizes', 's'),
  },
  async run(context, flags) {
    const size = flags.size ?? /\.Size|^json$|json \./.test(flags.format ?? '');
    if (flags.quiet && flags.format)
      context.err.write('WARNING: Ignoring custom format, because both --format and --quiet are set.\n');
    const limit = flags.latest ? 1 : flags.last;
    const listed = context.client.containers.list({
      all: (flags.all ?? false) || limit !== undefined,
      size,
      filters: parseFilters(flags.filter),
      ...(limit !== undefined && { limit }),
    });
    const columns = import('./summary-columns.ts'); // while the engine is at work
    const table = import('../format/table.ts');
    const items = await listed;
    const { summaryColumns } = await columns;
    const { formatList } = await table;
    const shown = [
      'ID',
      'Image',
      'Command',
      'RunningFor',
      'Status',
      'Ports',
      'Names',
      ...(size ? ['Size'] : []),
    ];
    context.out.write(
      await formatList({
        items,
        columns: summaryColumns(flags['no-trunc'] ?? false),
        shown,
        format: flags.quiet ? undefined : flags.format,
        quiet: flags.quiet && 'ID',
        labels: ({ Labels }) => Labels,
      }),
    );
  },
});
