import { formatBytes } from '../../lib/bytes.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import type { BuildCacheItem, DiskUsageAnswer } from '../../wire/system.ts';
import type { VolumeInspect } from '../../wire/volume.ts';
import { summaryColumns } from '../container/summary-columns.ts';
import { printBy } from '../format/inspect.ts';
import { type Columns, formatList } from '../format/table.ts';
import { ago } from '../format/time.ts';
import { imageColumns, type ImageRow, rowsOf } from '../image/image-rows.ts';
import { volumeColumns } from '../volume/volume-columns.ts';

/** What every object takes, for `df -v`: four tables, or one value with lists of rows for a template. */
export async function detailedUsage(usage: DiskUsageAnswer, format: string | undefined): Promise<string> {
  const images = (usage.Images ?? []).flatMap((image) => rowsOf(image, false).slice(0, 1));
  const containers = (usage.Containers ?? []).map((container) => ({ ...container, SizeRootFs: 0 }));
  if (format !== undefined && format !== 'table')
    return formatted({ ...usage, Containers: containers }, images, format);
  const cache = usage.BuildCache ?? [];
  const sections = [
    ['Images space usage:', await imageTable(images)],
    ['Containers space usage:', await containerTable(containers)],
    ['Local Volumes space usage:', await volumeTable(usage.Volumes ?? [])],
    [`Build cache usage: ${formatBytes(sizeOf(cache))}`, await cacheTable(cache)],
  ];
  return sections.map(([title, table]) => `${title}\n\n${table}`).join('\n');
}

function formatted(usage: DiskUsageAnswer, images: readonly ImageRow[], format: string): string {
  const value = {
    Images: rows(images, imageUsageColumns),
    Containers: rows(usage.Containers ?? [], summaryColumns(false)),
    Volumes: rows(usage.Volumes ?? [], volumeColumns),
    BuildCache: rows(usage.BuildCache ?? [], cacheColumns),
  };
  return format === 'json' ? `${JSON.stringify(value)}\n` : printBy(format, value);
}

const rows = <T>(items: readonly T[], columns: Columns<T>): object[] =>
  items.map((item) =>
    Object.fromEntries(Object.entries(columns).map(([name, [, value]]) => [name, value(item)])),
  );

const imageTable = (items: readonly ImageRow[]): Promise<string> =>
  formatList({
    items,
    columns: imageUsageColumns,
    shown: ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size', 'SharedSize', 'UniqueSize', 'Containers'],
  });

const imageUsageColumns: Columns<ImageRow> = {
  ...imageColumns(false),
  UniqueSize: ['UNIQUE SIZE', ({ image }) => formatBytes(image.Size - Math.max(0, image.SharedSize))],
};

const containerTable = (items: readonly ContainerSummary[]): Promise<string> =>
  formatList({
    items,
    columns: summaryColumns(false),
    shown: ['ID', 'Image', 'Command', 'LocalVolumes', 'Size', 'RunningFor', 'Status', 'Names'],
  });

const volumeTable = (items: readonly VolumeInspect[]): Promise<string> =>
  formatList({ items, columns: volumeColumns, shown: ['Name', 'Links', 'Size'] });

const cacheTable = (items: readonly BuildCacheItem[]): Promise<string> =>
  formatList({
    items,
    columns: cacheColumns,
    shown: ['ID', 'CacheType', 'Size', 'CreatedSince', 'LastUsedSince', 'UsageCount', 'Shared'],
  });

const cacheColumns: Columns<BuildCacheItem> = {
  CacheType: ['CACHE TYPE', ({ Type }) => Type],
  CreatedSince: ['CREATED', ({ CreatedAt }) => since(CreatedAt)],
  Description: ['DESCRIPTION', ({ Description }) => Description],
  ID: ['CACHE ID', ({ ID, InUse }) => `${ID.slice(0, 12)}${InUse ? '*' : ''}`],
  InUse: ['IN USE', ({ InUse }) => String(InUse)],
  LastUsedSince: ['LAST USED', ({ LastUsedAt }) => (LastUsedAt === null ? '' : since(LastUsedAt))],
  Shared: ['SHARED', ({ Shared }) => String(Shared)],
  Size: ['SIZE', ({ Size }) => formatBytes(Size, 3)],
  UsageCount: ['USAGE', ({ UsageCount }) => String(UsageCount)],
};

const since = (time: string): string => ago(Date.parse(time) / 1000);

const sizeOf = (items: readonly BuildCacheItem[]): number =>
  items.reduce((total, { Size, Shared }) => (Shared ? total : total + Size), 0);
