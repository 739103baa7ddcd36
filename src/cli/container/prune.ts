import { formatBytes } from '../../lib/bytes.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { print } from '../context.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool } from '../flags.ts';

export const command = defineCommand({
  summary: 'Remove all stopped containers',
  usage: '[OPTIONS]',
  flags: {
    filter: filterFlag('Provide filter values (e.g. "until=<timestamp>")'),
    force: bool('Do not prompt for confirmation', 'f'),
  },
  async run(context, flags) {
    if (!flags.force) await confirm(context, 'This will remove all stopped containers.');
    const { ContainersDeleted, SpaceReclaimed } = await context.client.containers.prune(
      parseFilters(flags.filter),
    );
    if (ContainersDeleted?.length) print(context, `Deleted Containers:\n${ContainersDeleted.join('\n')}\n`);
    print(context, `Total reclaimed space: ${formatBytes(SpaceReclaimed)}`);
  },
});
