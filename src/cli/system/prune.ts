import { formatBytes } from '../../lib/bytes.ts';
import type { PruneAnswer } from '../../wire/image.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { print } from '../context.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool } from '../flags.ts';

export const command = defineCommand({
  summary: 'Remove unused data',
  usage: '[OPTIONS]',
  flags: {
    all: bool('Remove all unused images not just dangling ones', 'a'),
    filter: filterFlag('Provide filter values (e.g. "label=<key>=<value>")'),
    force: bool('Do not prompt for confirmation', 'f'),
    volumes: bool('Prune anonymous volumes'),
  },
  async run(context, flags) {
    const images = flags.all
      ? 'all images without at least one container associated to them'
      : 'all dangling images';
    if (!flags.force) {
      await confirm(
        context,
        `This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n${flags.volumes ? '  - all anonymous volumes not used by at least one container\n' : ''}  - ${images}\n  - unused build cache\n`,
      );
    }
    const { client } = context;
    const filters = parseFilters(flags.filter);
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

const namesIn = (answer: PruneAnswer): string[] => [
  ...(answer.ContainersDeleted ?? []),
  ...(answer.NetworksDeleted ?? []),
  ...(answer.VolumesDeleted ?? []),
  ...(answer.ImagesDeleted ?? []).map(({ Untagged, Deleted }) =>
    Deleted === undefined ? `untagged: ${Untagged}` : `deleted: ${Deleted}`,
  ),
  ...(answer.CachesDeleted ?? []),
];
