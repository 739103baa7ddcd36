import { up } from '../../compose/up.ts';
import { ExitError } from '../exit-code.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';
import { createFlags } from './up-flags.ts';
import { upOptions } from './up-options.ts';

export const command = defineComposeCommand({
  summary: 'Creates containers for a service',
  usage: '[OPTIONS] [SERVICE...]',
  flags: createFlags,
  args: { min: 0 },
  async run(context, flags, services) {
    if (flags.build && flags['no-build']) throw new ExitError(1, '--build and --no-build are incompatible');
    if (flags['force-recreate'] && flags['no-recreate'])
      throw new ExitError(1, '--force-recreate and --no-recreate are incompatible');
    const project = context.load(services);
    await up(context.client, project, progressPrinter(context), {
      ...(await upOptions(context, project, flags)),
      services,
      noStart: true,
    });
  },
});
