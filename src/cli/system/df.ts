import { formatBytes } from '../../lib/bytes.ts';
import type { DiskUsageAnswer } from '../../wire/system.ts';
import { defineCommand } from '../command.ts';
import { bool, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';

/** What one kind of object takes. */
interface Row {
  readonly type: string;
  readonly total: number;
  readonly active: number;
  readonly size: number;
  readonly reclaimable: number;
}

export const command = defineCommand({
  summary: 'Show disk usage',
  usage: '[OPTIONS]',
  flags: {
    format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
    verbose: bool('Show detailed information on space usage', 'v'),
  },
  async run(context, flags) {
    const usage = await context.client.system.diskUsage();
    if (flags.verbose) {
      const { detailedUsage } = await import('./df-details.ts');
      context.out.write(await detailedUsage(usage, flags.format));
      return;
    }
    const shown = ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable'];
    context.out.write(await formatList({ items: rowsOf(usage), columns, shown, format: flags.format }));
  },
});

const rowsOf = (usage: DiskUsageAnswer): Row[] => [
  imageRow(usage),
  containerRow(usage),
  volumeRow(usage),
  cacheRow(usage),
];

function imageRow({ Images, LayersSize: size }: DiskUsageAnswer): Row {
  const images = Images ?? [];
  const idle = images.filter(({ Containers }) => Containers <= 0);
  const freed = sum(idle, ({ Size, SharedSize }) => Size - Math.max(0, SharedSize));
  return {
    type: 'Images',
    total: images.length,
    active: images.length - idle.length,
    size,
    reclaimable: Math.min(size, freed),
  };
}

function containerRow({ Containers }: DiskUsageAnswer): Row {
  const stopped = (Containers ?? []).filter(({ State }) => State !== 'running' && State !== 'paused');
  return rowOf('Containers', Containers ?? [], stopped, ({ SizeRw = 0 }) => SizeRw);
}

function volumeRow({ Volumes }: DiskUsageAnswer): Row {
  const unused = (Volumes ?? []).filter(({ UsageData }) => UsageData?.RefCount === 0);
  return rowOf('Local Volumes', Volumes ?? [], unused, ({ UsageData }) => UsageData?.Size ?? 0);
}

function cacheRow({ BuildCache }: DiskUsageAnswer): Row {
  const unused = (BuildCache ?? []).filter(({ InUse }) => !InUse);
  return rowOf('Build Cache', BuildCache ?? [], unused, ({ Size }) => Size);
}

function rowOf<T>(type: string, all: readonly T[], unused: readonly T[], sizeOf: (item: T) => number): Row {
  return {
    type,
    total: all.length,
    active: all.length - unused.length,
    size: sum(all, sizeOf),
    reclaimable: sum(unused, sizeOf),
  };
}

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0);

const columns: Columns<Row> = {
  Active: ['ACTIVE', ({ active }) => String(active)],
  Reclaimable: [
    'RECLAIMABLE',
    ({ reclaimable, size }) =>
      `${formatBytes(reclaimable)}${size > 0 ? ` (${Math.floor((reclaimable / size) * 100)}%)` : ''}`,
  ],
  Size: ['SIZE', ({ size }) => formatBytes(size)],
  TotalCount: ['TOTAL', ({ total }) => String(total)],
  Type: ['TYPE', ({ type }) => type],
};
