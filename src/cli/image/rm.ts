import { EngineError } from '../../lib/errors.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { errorLine } from '../exit-code.ts';
import { bool } from '../flags.ts';

export const command = defineCommand({
  summary: 'Remove one or more images',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    force: bool('Force removal of the image', 'f'),
    'no-prune': bool('Do not delete untagged parents'),
  },
  args: { min: 1 },
  async run(context, flags, names) {
    let status = 0;
    for (const name of names) {
      try {
        const items = await context.client.images.remove(name, {
          force: flags.force ?? false,
          noprune: flags['no-prune'] ?? false,
        });
        for (const { Untagged, Deleted } of items)
          print(context, Deleted === undefined ? `Untagged: ${Untagged}` : `Deleted: ${Deleted}`);
      } catch (error) {
        const missing = flags.force && error instanceof EngineError && error.kind === 'not-found';
        context.err.write(`${errorLine(error)}\n`);
        status = missing ? status : 1;
      }
    }
    return status;
  },
});
