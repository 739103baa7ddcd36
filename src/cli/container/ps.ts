import { formatBytes } from '../../lib/bytes.ts';
import { shortId } from '../../lib/id.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { defineCommand } from '../command.ts';
import { parseFilters } from '../filters.ts';
import { bool, int, list, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';
import { ago } from '../format/time.ts';
import { portsText } from './ports-text.ts';

export const command = defineCommand({
  summary: 'List containers',
  usage: '[OPTIONS]',
  flags: {
    all: bool('Show all containers (default shows just running)', 'a'),
    filter: list('Filter output based on conditions provided', 'f', 'filter'),
    format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
    last: int('Show n last created containers (includes all states)', 'n'),
    latest: bool('Show the latest created container (includes all states)', 'l'),
    'no-trunc': bool("Don't truncate output"),
    quiet: bool('Only display container IDs', 'q'),
    size: bool('Display total file sizes', 's'),
  },
  async run(context, flags) {
    const size = flags.size ?? /\.Size/.test(flags.format ?? '');
    const limit = flags.latest ? 1 : flags.last;
    const items = await context.client.containers.list({
      all: (flags.all ?? false) || limit !== undefined,
      size,
      filters: parseFilters(flags.filter),
      ...(limit !== undefined && { limit }),
    });
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
      formatList({
        items,
        columns: columns(flags['no-trunc'] ?? false),
        shown,
        format: flags.format,
        quiet: flags.quiet && 'ID',
      }),
    );
  },
});

const columns = (whole: boolean): Columns<ContainerSummary> => ({
  Command: [
    'COMMAND',
    ({ Command }) => JSON.stringify(whole || Command.length <= 20 ? Command : `${Command.slice(0, 19)}…`),
  ],
  CreatedAt: [
    'CREATED AT',
    ({ Created }) =>
      new Date(Created * 1000)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z/, ' +0000 UTC'),
  ],
  ID: ['CONTAINER ID', ({ Id }) => (whole ? Id : shortId(Id))],
  Image: ['IMAGE', ({ Image }) => (whole ? Image : shortImage(Image))],
  Labels: [
    'LABELS',
    ({ Labels }) =>
      Object.entries(Labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(','),
  ],
  LocalVolumes: [
    'LOCAL VOLUMES',
    ({ Mounts }) => String(Mounts.filter(({ Driver }) => Driver === 'local').length),
  ],
  Mounts: [
    'MOUNTS',
    ({ Mounts }) =>
      Mounts.map(({ Name, Source }) => Name ?? Source)
        .map((name) => (whole || name.length <= 15 ? name : `${name.slice(0, 14)}…`))
        .join(','),
  ],
  Names: [
    'NAMES',
    ({ Names }) =>
      Names.map((name) => name.slice(1))
        .filter((name) => whole || !name.includes('/'))
        .join(','),
  ],
  Networks: ['NETWORKS', ({ NetworkSettings }) => Object.keys(NetworkSettings.Networks).join(',')],
  Ports: ['PORTS', ({ Ports }) => portsText(Ports)],
  RunningFor: ['CREATED', ({ Created }) => ago(Created)],
  Size: [
    'SIZE',
    ({ SizeRw = 0, SizeRootFs = 0 }) =>
      `${formatBytes(SizeRw)}${SizeRootFs > 0 ? ` (virtual ${formatBytes(SizeRootFs)})` : ''}`,
  ],
  State: ['STATE', ({ State }) => State],
  Status: ['STATUS', ({ Status }) => Status],
});

const shortImage = (image: string): string =>
  /^sha256:[a-f0-9]{64}$/.test(image) ? shortId(image) : image.replace(/@sha256:[a-f0-9]{64}$/, '');
