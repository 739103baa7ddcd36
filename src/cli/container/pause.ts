import { defineCommand } from '../command.ts';
import { forEachTarget } from '../for-each.ts';

export const command = defineCommand({
  summary: 'Pause all processes within one or more containers',
  usage: 'CONTAINER [CONTAINER...]',
  flags: {},
  args: { min: 1 },
  run: (context, _flags, names) =>
    forEachTarget(context, names, (name) => context.client.containers.pause(name)),
});
