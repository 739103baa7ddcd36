import { formatBytes } from '../../lib/bytes.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { print } from '../context.ts';
import { bool } from '../flags.ts';

export const command = defineCommand({
  summary: 'Remove build cache',
  usage: '[OPTIONS]',
  flags: {
    all: bool('Remove all unused build cache, not just dangling ones', 'a'),
    force: bool('Do not prompt for confirmation', 'f'),
  },
  async run(context, flags) {
    if (!flags.force)
      await confirm(
        context,
        flags.all ? 'This will remove all build cache.' : 'This will remove all dangling build cache.',
      );
    const { CachesDeleted, SpaceReclaimed } = await context.client.images.pruneBuildCache({
      all: flags.all ?? false,
    });
    if (CachesDeleted?.length) print(context, `Deleted build cache objects:\n${CachesDeleted.join('\n')}\n`);
    print(context, `Total reclaimed space: ${formatBytes(SpaceReclaimed)}`);
  },
});
