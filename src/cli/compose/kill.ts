import { isUp } from '../../compose/plan/observe.ts';
import { bool, text } from '../flags.ts';
import { forEachContainer } from './for-each-container.ts';
import { defineComposeCommand } from './globals.ts';

export const command = defineComposeCommand({
  summary: 'Force stop service containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    'remove-orphans': bool('Remove containers for services not defined in the Compose file'),
    signal: text('SIGNAL to send to the container', 's'),
  },
  args: { min: 0 },
  run: (context, flags, services) =>
    forEachContainer(context, services, {
      applies: isUp,
      doing: 'Killing',
      done: 'Killed',
      run: ({ Id }) => context.client.containers.kill(Id, flags.signal),
    }),
});
