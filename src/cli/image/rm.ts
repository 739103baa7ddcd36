import { EngineError } from '../../lib/errors.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { errorLine } from '../exit-code.ts';
import { bool, list } from '../flags.ts';
import { platformJson } from './platform.ts';

export const command = defineCommand({
  summary: 'Remove one or more images',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    force: bool('Force removal of the image', 'f'),
    'no-prune': bool('Do not delete untagged parents'),
    platform: list('Remove only the given platform variant', undefined, 'strings'),
  },
  args: { min: 1 },
  async run(context, flags, names) {
    const platforms = flags.platform.flatMap((value) =>
      value.split(',').map((one) => platformJson(one) ?? ''),
    );
    let status = 0;
    for (const name of names) {
      try {
        const items = await context.client.images.remove(name, {
          force: flags.force ?? false,
          noprune: flags['no-prune'] ?? false,
          platforms,
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
