import { stopContainers } from '../../compose/stop.ts';
import { given, int } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { parallelOf } from './parallel.ts';
import { progressPrinter } from './progress-printer.ts';

export const command = defineComposeCommand({
  summary: 'Stop services',
  usage: '[OPTIONS] [SERVICE...]',
  flags: { timeout: int('Specify a shutdown timeout in seconds', 't') },
  args: { min: 0 },
  async run(context, flags, services) {
    await stopContainers(context.client, await context.find(services), progressPrinter(context), {
      services,
      timeout: flags.timeout,
      ...given('parallel', parallelOf(context)),
    });
  },
});
