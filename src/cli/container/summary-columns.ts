import { formatBytes } from '../../lib/bytes.ts';
import { shortId } from '../../lib/id.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { type Columns, labelsText } from '../format/table.ts';
import { ago, fullTime } from '../format/time.ts';
import { portsText } from './ports-text.ts';

/** The columns of a list of containers. */
export const summaryColumns = (whole: boolean): Columns<ContainerSummary> => ({
  Command: [
    'COMMAND',
    ({ Command }) => JSON.stringify(whole || Command.length <= 20 ? Command : `${Command.slice(0, 19)}…`),
  ],
  CreatedAt: ['CREATED AT', ({ Created }) => fullTime(new Date(Created * 1000))],
  ID: ['CONTAINER ID', ({ Id }) => (whole ? Id : shortId(Id))],
  Image: ['IMAGE', ({ Image }) => (whole ? Image : shortImage(Image))],
  Labels: ['LABELS', ({ Labels }) => labelsText(Labels)],
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
      `${formatBytes(SizeRw, 3)}${SizeRootFs > 0 ? ` (virtual ${formatBytes(SizeRootFs, 3)})` : ''}`,
  ],
  State: ['STATE', ({ State }) => State],
  Status: ['STATUS', ({ Status }) => Status],
});

const shortImage = (image: string): string =>
  /^sha256:[a-f0-9]{64}$/.test(image) ? shortId(image) : image.replace(/@sha256:[a-f0-9]{64}$/, '');
