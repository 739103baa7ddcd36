import { EngineError } from '../../lib/errors.ts';
import { defineCommand } from '../command.ts';
import { errorLine } from '../exit-code.ts';
import { bool } from '../flags.ts';
import { forEachTarget } from '../for-each.ts';

export const command = defineCommand({
  summary: 'Remove one or more containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    force: bool('Force the removal of a running container (uses SIGKILL)', 'f'),
    link: bool('Remove the specified link', 'l'),
    volumes: bool('Remove anonymous volumes associated with the container', 'v'),
  },
  args: { min: 1 },
  run: (context, flags, names) =>
    forEachTarget(context, names, async (name): Promise<null | void> => {
      try {
        await context.client.containers.remove(name, {
          force: flags.force ?? false,
          volumes: flags.volumes ?? false,
          link: flags.link ?? false,
        });
      } catch (error) {
        if (!(flags.force && error instanceof EngineError && error.kind === 'not-found')) throw error;
        context.err.write(`${errorLine(error)}\n`);
        return null;
      }
    }),
});
