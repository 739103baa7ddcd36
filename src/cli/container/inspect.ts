import { defineCommand } from '../command.ts';
import { bool, text } from '../flags.ts';
import { inspectAll } from '../inspect-all.ts';

export const command = defineCommand({
  summary: 'Display detailed information on one or more containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    format: text('Format output using a custom template', 'f'),
    size: bool('Display total file sizes', 's'),
  },
  args: { min: 1 },
  run: (context, flags, names) =>
    inspectAll(context, names, flags.format, (name) =>
      context.client.containers.inspect(name, { size: flags.size ?? false }),
    ),
});
