import { formatBytes } from '../../lib/bytes.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { print } from '../context.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool } from '../flags.ts';

export const command = defineCommand({
  summary: 'Remove unused local volumes',
  usage: '[OPTIONS]',
  flags: {
    all: bool('Remove all unused volumes, not just anonymous ones', 'a'),
    filter: filterFlag('Provide filter values (e.g. "label=<label>")'),
    force: bool('Do not prompt for confirmation', 'f'),
  },
  async run(context, flags) {
    if (!flags.force) {
      await confirm(
        context,
        `This will remove ${flags.all ? 'all' : 'anonymous'} local volumes not used by at least one container.`,
      );
    }
    const filters = { ...parseFilters(flags.filter), ...(flags.all && { all: ['true'] }) };
    const { VolumesDeleted, SpaceReclaimed } = await context.client.volumes.prune(filters);
    if (VolumesDeleted?.length) print(context, `Deleted Volumes:\n${VolumesDeleted.join('\n')}\n`);
    print(context, `Total reclaimed space: ${formatBytes(SpaceReclaimed)}`);
  },
});
