import { EngineError } from '../../lib/errors.ts';
import { defineCommand } from '../command.ts';
import { bool } from '../flags.ts';
import { forEachTarget } from '../for-each.ts';

export const command = defineCommand({
  summary: 'Remove one or more networks',
  usage: 'NETWORK [NETWORK...]',
  flags: { force: bool('Do not error if the network does not exist', 'f') },
  args: { min: 1 },
  run: (context, flags, names) =>
    forEachTarget(context, names, async (name): Promise<null | void> => {
      try {
        await context.client.networks.remove(name);
      } catch (error) {
        if (!(flags.force && error instanceof EngineError && error.kind === 'not-found')) throw error;
        return null;
      }
    }),
});
