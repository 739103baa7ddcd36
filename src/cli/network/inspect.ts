import { defineCommand } from '../command.ts';
import { bool, text } from '../flags.ts';
import { inspectAll } from '../inspect-all.ts';

export const command = defineCommand({
  summary: 'Display detailed information on one or more networks',
  usage: '[OPTIONS] NETWORK [NETWORK...]',
  flags: {
    format: text('Format output using a custom template', 'f'),
    verbose: bool('Verbose output for diagnostics', 'v'),
  },
  args: { min: 1 },
  run: (context, flags, names) =>
    inspectAll(context, names, flags.format, (name) =>
      context.client.networks.inspect(name, { verbose: flags.verbose ?? false }),
    ),
});
