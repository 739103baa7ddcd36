import { defineCommand } from '../command.ts';
import { text } from '../flags.ts';
import { inspectAll } from '../inspect-all.ts';

export const command = defineCommand({
  summary: 'Display detailed information on one or more images',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: { format: text('Format output using a custom template', 'f') },
  args: { min: 1 },
  run: (context, flags, names) =>
    inspectAll(context, names, flags.format, (name) => context.client.images.inspect(name)),
});
