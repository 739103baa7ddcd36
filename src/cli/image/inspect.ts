import { defineCommand } from '../command.ts';
import { text } from '../flags.ts';
import { inspectAll } from '../inspect-all.ts';
import { platformJson } from './platform.ts';

export const command = defineCommand({
  summary: 'Display detailed information on one or more images',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    format: text('Format output using a custom template', 'f'),
    platform: text('Inspect a specific platform of the multi-platform image'),
  },
  args: { min: 1 },
  run(context, flags, names) {
    const platform = platformJson(flags.platform);
    return inspectAll(context, names, flags.format, (name) =>
      context.client.images.inspect(name, { platform }),
    );
  },
});
