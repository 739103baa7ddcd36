import { formatBytes, parseBytes } from '../../lib/bytes.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { print } from '../context.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool, checked, text } from '../flags.ts';

export const command = defineCommand({
  summary: 'Remove build cache',
  usage: '[OPTIONS]',
  flags: {
    all: bool('Remove all unused build cache, not just dangling ones', 'a'),
    filter: filterFlag('Provide filter values (e.g. "until=24h")'),
    force: bool('Do not prompt for confirmation', 'f'),
    'keep-storage': checked(text('Amount of disk space to keep for cache', undefined, 'bytes'), parseBytes),
  },
  async run(context, flags) {
    if (!flags.force)
      await confirm(
        context,
        flags.all ? 'This will remove all build cache.' : 'This will remove all dangling build cache.',
      );
    const { CachesDeleted, SpaceReclaimed } = await context.client.images.pruneBuildCache({
      all: flags.all ?? false,
      filters: parseFilters(flags.filter),
      keepStorage: flags['keep-storage'] === undefined ? undefined : parseBytes(flags['keep-storage']),
    });
    if (CachesDeleted?.length) print(context, `Deleted build cache objects:\n${CachesDeleted.join('\n')}\n`);
    print(context, `Total reclaimed space: ${formatBytes(SpaceReclaimed)}`);
  },
});
