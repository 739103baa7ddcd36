import { defineCommand } from '../command.ts';
import { text } from '../flags.ts';
import { forEachTarget } from '../for-each.ts';

export const command = defineCommand({
  summary: 'Kill one or more running containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: { signal: text('Signal to send to the container', 's') },
  args: { min: 1 },
  run: (context, flags, names) =>
    forEachTarget(context, names, (name) => context.client.containers.kill(name, flags.signal)),
});
