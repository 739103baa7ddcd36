import { defineCommand } from '../command.ts';
import { forEachTarget } from '../for-each.ts';

export const command = defineCommand({
  summary: 'Block until one or more containers stop, then print their exit codes',
  usage: 'CONTAINER [CONTAINER...]',
  flags: {},
  args: { min: 1 },
  run: (context, _flags, names) =>
    forEachTarget(context, names, async (name) => {
      const { done } = await context.client.containers.wait(name, 'not-running');
      return String((await done).StatusCode);
    }),
});
