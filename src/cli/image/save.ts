import { defineCommand } from '../command.ts';
import { text } from '../flags.ts';
import { platformJson } from './platform.ts';
import { writeOutput } from '../write-output.ts';

export const command = defineCommand({
  summary: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    output: text('Write to a file, instead of STDOUT', 'o'),
    platform: text('Save only the given platform'),
  },
  args: { min: 1 },
  run: (context, flags, names) =>
    writeOutput(context, 'save image', flags.output, () =>
      context.client.images.save(names, { platform: platformJson(flags.platform) }),
    ),
});
