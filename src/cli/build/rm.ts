import { defineCommand } from '../command.ts';
import { forEachTarget } from '../for-each.ts';

export const command = defineCommand({
  summary: 'Forget builds',
  usage: 'BUILD [BUILD...]',
  flags: {},
  args: { min: 1 },
  run: (context, _flags, names) =>
    forEachTarget(context, names, (name) => context.client.builds.remove(name)),
});
