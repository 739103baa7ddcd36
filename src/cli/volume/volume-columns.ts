import { formatBytes } from '../../lib/bytes.ts';
import type { VolumeInspect } from '../../wire/volume.ts';
import { type Columns, labelsText } from '../format/table.ts';

/** The columns of a list of volumes; some are about those of a cluster. */
export const volumeColumns: Columns<VolumeInspect> = {
  Availability: ['AVAILABILITY', () => 'N/A'],
  Driver: ['DRIVER', ({ Driver }) => Driver],
  Group: ['GROUP', () => 'N/A'],
  Labels: ['LABELS', ({ Labels }) => labelsText(Labels)],
  Links: ['LINKS', ({ UsageData }) => (UsageData ? String(UsageData.RefCount) : 'N/A')],
  Mountpoint: ['MOUNTPOINT', ({ Mountpoint }) => Mountpoint],
  Name: ['VOLUME NAME', ({ Name }) => Name],
  Scope: ['SCOPE', ({ Scope }) => Scope],
  Size: ['SIZE', ({ UsageData }) => (UsageData ? formatBytes(UsageData.Size) : 'N/A')],
  Status: ['STATUS', () => 'N/A'],
};
