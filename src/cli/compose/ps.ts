import { containersOf, isUp, nameOf, observe, serviceOf } from '../../compose/plan/observe.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { summaryColumns } from '../container/summary-columns.ts';
import { bool, list, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';
import { defineComposeCommand } from './globals.ts';

export const command = defineComposeCommand({
  summary: 'List containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    all: bool('Show all stopped containers (including those created by the run command)', 'a'),
    filter: list('Filter services by a property (supported filters: status)', undefined, 'string'),
    format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
    'no-trunc': bool("Don't truncate output"),
    quiet: bool('Only display IDs', 'q'),
    services: bool('Display services'),
    status: list('Filter services by status', undefined, 'stringArray'),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    const { name } = context.load(services);
    const observed = await observe(context.client, name);
    const statuses = [
      ...flags.status,
      ...flags.filter.filter((filter) => filter.startsWith('status=')).map((filter) => filter.slice(7)),
    ];
    const found = [
      ...containersOf(observed, services),
      ...(flags.all
        ? observed.oneOffs.filter((item) => services.length === 0 || services.includes(serviceOf(item)))
        : []),
    ];
    const items = found
      .filter((item) => (statuses.length > 0 ? statuses.includes(item.State) : flags.all || isUp(item)))
      .toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)));
    if (flags.services) {
      for (const service of new Set(items.map(serviceOf))) context.out.write(`${service}\n`);
      return;
    }
    const shown = ['Name', 'Image', 'Command', 'Service', 'CreatedAt', 'Status', 'Ports'];
    context.out.write(
      await formatList({
        items,
        columns: columns(flags['no-trunc'] ?? false),
        shown,
        format: flags.format,
        quiet: flags.quiet && 'ID',
      }),
    );
  },
});

const columns = (whole: boolean): Columns<ContainerSummary> => {
  const shared = summaryColumns(whole);
  return {
    ...shared,
    CreatedAt: shared['RunningFor'] ?? ['CREATED', () => ''],
    ExitCode: ['EXIT CODE', ({ Status }) => /^Exited \((\d+)\)/.exec(Status)?.[1] ?? '0'],
    Health: [
      'HEALTH',
      ({ Status }) => /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(Status)?.[1] ?? '',
    ],
    ID: ['CONTAINER ID', ({ Id }) => Id],
    Name: ['NAME', nameOf],
    Service: ['SERVICE', serviceOf],
  };
};
