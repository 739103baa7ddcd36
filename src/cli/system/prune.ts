import { formatBytes } from '../../lib/bytes.ts';
import type { PruneAnswer } from '../../wire/image.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool, type Values } from '../flags.ts';

const pruneFlags = {
  all: bool('Remove all unused images not just dangling ones', 'a'),
  filter: filterFlag('Provide filter values (e.g. "label=<key>=<value>")'),
  force: bool('Do not prompt for confirmation', 'f'),
  volumes: bool('Prune anonymous volumes'),
} as const;

export const command = defineCommand({
  summary: 'Remove unused data',
  usage: '[OPTIONS]',
  flags: pruneFlags,
  async run(context, flags) {
    const { client } = context;
    const filters = parseFilters(flags.filter);
    if (flags.volumes && 'until' in filters)
      throw new ExitError(1, 'ERROR: The "until" filter is not supported with "--volumes"');
    if (!flags.force) await confirm(context, warningOf(flags));
    const steps: (readonly [title: string, step: () => Promise<PruneAnswer>])[] = [
      ['Deleted Containers', () => client.containers.prune(filters)],
      ['Deleted Networks', () => client.networks.prune(filters)],
      ...(flags.volumes ? [['Deleted Volumes', () => client.volumes.prune(filters)] as const] : []),
      ['Deleted Images', () => client.images.prune({ ...filters, dangling: [flags.all ? 'false' : 'true'] })],
      ['Deleted build cache objects', () => client.images.pruneBuildCache({ all: flags.all ?? false })],
    ];
    let freed = 0;
    for (const [title, step] of steps) {
      const answer = await step();
      freed += answer.SpaceReclaimed ?? 0;
      const names = namesIn(answer);
      if (names.length > 0) print(context, `${title}:\n${names.join('\n')}\n`);
    }
    print(context, `Total reclaimed space: ${formatBytes(freed)}`);
  },
});

function warningOf(flags: Values<typeof pruneFlags>): string {
  const removed = [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(flags.volumes ? ['all anonymous volumes not used by at least one container'] : []),
    flags.all ? 'all images without at least one container associated to them' : 'all dangling images',
    flags.all ? 'all build cache' : 'unused build cache',
  ];
  const filtered =
    flags.filter.length > 0
      ? `\n  Items to be pruned will be filtered with:\n${itemLines(flags.filter)}`
      : '';
  return `This will remove:\n${itemLines(removed)}${filtered}`;
}

const itemLines = (items: readonly string[]): string => items.map((item) => `  - ${item}\n`).join('');

const namesIn = (answer: PruneAnswer): string[] => [
  ...(answer.ContainersDeleted ?? []),
  ...(answer.NetworksDeleted ?? []),
  ...(answer.VolumesDeleted ?? []),
  ...(answer.ImagesDeleted ?? []).map(({ Untagged, Deleted }) =>
    Deleted === undefined ? `untagged: ${Untagged}` : `deleted: ${Deleted}`,
  ),
  ...(answer.CachesDeleted ?? []),
];
