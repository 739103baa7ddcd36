import { shortId } from '../../lib/id.ts';
import type { NetworkInspect } from '../../wire/network.ts';
import { defineCommand } from '../command.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool, text } from '../flags.ts';
import { type Columns, formatList, labelsText } from '../format/table.ts';
import { fullTime } from '../format/time.ts';

export const command = defineCommand({
  summary: 'List networks',
  usage: '[OPTIONS]',
  flags: {
    filter: filterFlag('Provide filter values (e.g. "driver=bridge")', 'f'),
    format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
    'no-trunc': bool('Do not truncate the output'),
    quiet: bool('Only display network IDs', 'q'),
  },
  async run(context, flags) {
    const items = (await context.client.networks.list(parseFilters(flags.filter))).toSorted((a, b) =>
      a.Name.localeCompare(b.Name),
    );
    context.out.write(
      await formatList({
        items,
        columns: columns(flags['no-trunc'] ?? false),
        shown: ['ID', 'Name', 'Driver', 'Scope'],
        format: flags.format,
        quiet: flags.quiet && 'ID',
        labels: ({ Labels }) => Labels,
      }),
    );
  },
});

const columns = (whole: boolean): Columns<NetworkInspect> => ({
  CreatedAt: ['CREATED AT', ({ Created }) => fullTime(new Date(Created))],
  Driver: ['DRIVER', ({ Driver }) => Driver],
  ID: ['NETWORK ID', ({ Id }) => (whole ? Id : shortId(Id))],
  IPv4: ['IPV4', ({ EnableIPv4 }) => String(EnableIPv4)],
  IPv6: ['IPV6', ({ EnableIPv6 }) => String(EnableIPv6)],
  Internal: ['INTERNAL', ({ Internal }) => String(Internal)],
  Labels: ['LABELS', ({ Labels }) => labelsText(Labels)],
  Name: ['NAME', ({ Name }) => Name],
  Scope: ['SCOPE', ({ Scope }) => Scope],
});
