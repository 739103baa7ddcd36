import { formatBytes } from '../../lib/bytes.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { print } from '../context.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool } from '../flags.ts';

export const command = defineCommand({
  summary: 'Remove unused images',
  usage: '[OPTIONS]',
  flags: {
    all: bool('Remove all unused images, not just dangling ones', 'a'),
    filter: filterFlag('Provide filter values (e.g. "until=<timestamp>")'),
    force: bool('Do not prompt for confirmation', 'f'),
  },
  async run(context, flags) {
    if (!flags.force) {
      await confirm(
        context,
        flags.all
          ? 'This will remove all images without at least one container associated to them.'
          : 'This will remove all dangling images.',
      );
    }
    const filters = { ...parseFilters(flags.filter), dangling: [flags.all ? 'false' : 'true'] };
    const { ImagesDeleted, SpaceReclaimed } = await context.client.images.prune(filters);
    if (ImagesDeleted?.length) {
      print(
        context,
        `Deleted Images:\n${ImagesDeleted.map(({ Untagged, Deleted }) => (Deleted === undefined ? `untagged: ${Untagged}` : `deleted: ${Deleted}`)).join('\n')}\n`,
      );
    }
    print(context, `Total reclaimed space: ${formatBytes(SpaceReclaimed)}`);
  },
});
