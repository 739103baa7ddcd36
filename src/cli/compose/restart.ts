import { bool, int } from '../flags.ts';
import { forEachContainer } from './for-each-container.ts';
import { defineComposeCommand } from './globals.ts';

export const command = defineComposeCommand({
  summary: 'Restart service containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    'no-deps': bool("Don't restart dependent services"),
    timeout: int('Specify a shutdown timeout in seconds', 't'),
  },
  args: { min: 0 },
  run: (context, flags, services) =>
    forEachContainer(context, services, {
      doing: 'Restarting',
      done: 'Started',
      run: ({ Id }) => context.client.containers.restart(Id, { timeout: flags.timeout }),
    }),
});
