import { defineCommand } from '../command.ts';
import { bool } from '../flags.ts';
import { forEachTarget } from '../for-each.ts';

export const command = defineCommand({
  summary: 'Remove one or more volumes',
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  flags: { force: bool('Force the removal of one or more volumes', 'f') },
  args: { min: 1 },
  run: (context, flags, names) =>
    forEachTarget(context, names, (name) =>
      context.client.volumes.remove(name, { force: flags.force ?? false }),
    ),
});
