import { restartContainers } from '../../compose/restart.ts';
import { bool, given, int } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { parallelOf } from './parallel.ts';
import { progressPrinter } from './progress-printer.ts';

export const command = defineComposeCommand({
  summary: 'Restart service containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    'no-deps': bool("Don't restart dependent services"),
    timeout: int('Specify a shutdown timeout in seconds', 't'),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    await restartContainers(context.client, await context.find(services), progressPrinter(context), {
      services,
      noDeps: flags['no-deps'] ?? false,
      timeout: flags.timeout,
      ...given('parallel', parallelOf(context)),
    });
  },
});
