import { formatBytes } from '../../lib/bytes.ts';
import type { DiskUsageAnswer } from '../../wire/system.ts';
import { defineCommand } from '../command.ts';
import { bool, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';

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
      context.out.write(`${JSON.stringify(usage, undefined, 2)}\n`);
      return;
    }
    const shown = ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable'];
    context.out.write(await formatList({ items: rowsOf(usage), columns, shown, format: flags.format }));
  },
});

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0);

function rowsOf({ LayersSize, Images, Containers, Volumes, BuildCache }: DiskUsageAnswer): Row[] {
  const images = Images ?? [];
  const containers = Containers ?? [];
  const volumes = Volumes ?? [];
  const cache = BuildCache ?? [];
  const idle = images.filter((image) => image.Containers <= 0);
  const stopped = containers.filter(({ State }) => State !== 'running' && State !== 'paused');
  const unused = volumes.filter(({ UsageData }) => UsageData?.RefCount === 0);
  return [
    {
      type: 'Images',
      total: images.length,
      active: images.length - idle.length,
      size: LayersSize,
      reclaimable: Math.min(
        LayersSize,
        sum(idle, ({ Size, SharedSize }) => Size - Math.max(0, SharedSize)),
      ),
    },
    {
      type: 'Containers',
      total: containers.length,
      active: containers.length - stopped.length,
      size: sum(containers, ({ SizeRw = 0 }) => SizeRw),
      reclaimable: sum(stopped, ({ SizeRw = 0 }) => SizeRw),
    },
    {
      type: 'Local Volumes',
      total: volumes.length,
      active: volumes.length - unused.length,
      size: sum(volumes, ({ UsageData }) => UsageData?.Size ?? 0),
      reclaimable: sum(unused, ({ UsageData }) => UsageData?.Size ?? 0),
    },
    {
      type: 'Build Cache',
      total: cache.length,
      active: cache.filter(({ InUse }) => InUse).length,
      size: sum(cache, ({ Size }) => Size),
      reclaimable: sum(
        cache.filter(({ InUse }) => !InUse),
        ({ Size }) => Size,
      ),
    },
  ];
}

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
