import { formatBytes, parseBytes } from '../../lib/bytes.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { print } from '../context.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool, checked, text } from '../flags.ts';

const space = (help: string) => checked(text(help, undefined, 'bytes'), parseBytes);

export const command = defineCommand({
  summary: 'Remove build cache',
  usage: '[OPTIONS]',
  flags: {
    all: bool('Remove all unused build cache, not just dangling ones', 'a'),
    filter: filterFlag('Provide filter values (e.g. "until=24h")'),
    force: bool('Do not prompt for confirmation', 'f'),
    'keep-storage': { ...space('Amount of disk space to keep for cache'), hidden: true },
    'max-used-space': space('Maximum amount of disk space allowed to keep for cache'),
    'min-free-space': space('Target amount of free disk space after pruning'),
    'reserved-space': space('Amount of disk space always allowed to keep for cache'),
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
      'reserved-space': bytesOf(flags['reserved-space'] ?? flags['keep-storage']),
      'max-used-space': bytesOf(flags['max-used-space']),
      'min-free-space': bytesOf(flags['min-free-space']),
    });
    if (CachesDeleted?.length) print(context, `Deleted build cache objects:\n${CachesDeleted.join('\n')}\n`);
    print(context, `Total reclaimed space: ${formatBytes(SpaceReclaimed)}`);
  },
});

const bytesOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseBytes(text);
