import { defineCommand } from '../command.ts';
import { bool } from '../flags.ts';
import { forEachTarget } from '../for-each.ts';

export const command = defineCommand({
  summary: 'Remove one or more networks',
  usage: 'NETWORK [NETWORK...]',
  flags: { force: bool('Do not error if the network does not exist', 'f') },
  args: { min: 1 },
  run: (context, _flags, names) =>
    forEachTarget(context, names, (name) => context.client.networks.remove(name)),
});
