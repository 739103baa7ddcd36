import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { print } from '../context.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool } from '../flags.ts';

export const command = defineCommand({
  summary: 'Remove all unused networks',
  usage: '[OPTIONS]',
  flags: {
    filter: filterFlag('Provide filter values (e.g. "until=<timestamp>")'),
    force: bool('Do not prompt for confirmation', 'f'),
  },
  async run(context, flags) {
    if (!flags.force)
      await confirm(context, 'This will remove all custom networks not used by at least one container.');
    const { NetworksDeleted } = await context.client.networks.prune(parseFilters(flags.filter));
    if (NetworksDeleted?.length) print(context, `Deleted Networks:\n${NetworksDeleted.join('\n')}\n`);
  },
});
