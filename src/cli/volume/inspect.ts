import { defineCommand } from '../command.ts';
import { text } from '../flags.ts';
import { inspectAll } from '../inspect-all.ts';

export const command = defineCommand({
  summary: 'Display detailed information on one or more volumes',
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  flags: { format: text('Format output using a custom template', 'f') },
  args: { min: 1 },
  run: (context, flags, names) =>
    inspectAll(context, names, flags.format, (name) => context.client.volumes.inspect(name)),
});
