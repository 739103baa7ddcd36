import { isUp } from '../../compose/plan/observe.ts';
import { forEachContainer } from './for-each-container.ts';
import { defineComposeCommand } from './globals.ts';

export const command = defineComposeCommand({
  summary: 'Pause services',
  usage: '[SERVICE...]',
  flags: {},
  args: { min: 0 },
  run: (context, _flags, services) =>
    forEachContainer(context, services, {
      applies: isUp,
      done: 'Paused',
      run: ({ Id }) => context.client.containers.pause(Id),
    }),
});
