import { stopContainers } from '../../compose/stop.ts';
import { int } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

export const command = defineComposeCommand({
  summary: 'Stop services',
  usage: '[OPTIONS] [SERVICE...]',
  flags: { timeout: int('Specify a shutdown timeout in seconds', 't') },
  args: { min: 0 },
  async run(context, flags, services) {
    await stopContainers(context.client, context.load(services), progressPrinter(context), {
      services,
      timeout: flags.timeout,
    });
  },
});
