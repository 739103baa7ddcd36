import { startExisting } from '../../compose/start-existing.ts';
import { bool, given, int } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { parallelOf } from './parallel.ts';
import { progressPrinter } from './progress-printer.ts';

export const command = defineComposeCommand({
  summary: 'Start services',
  usage: '[SERVICE...]',
  flags: {
    wait: bool('Wait for services to be running|healthy. Implies detached mode.'),
    'wait-timeout': int('Maximum duration in seconds to wait for the project to be running|healthy'),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    await startExisting(context.client, await context.find(services), progressPrinter(context), {
      services,
      wait: flags.wait ?? false,
      signal: context.signal,
      ...given('waitTimeout', flags['wait-timeout']),
      ...given('parallel', parallelOf(context)),
    });
  },
});
