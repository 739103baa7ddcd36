import { forEachContainer } from './for-each-container.ts';
import { defineComposeCommand } from './globals.ts';

export const command = defineComposeCommand({
  summary: 'Unpause services',
  usage: '[SERVICE...]',
  flags: {},
  args: { min: 0 },
  run: (context, _flags, services) =>
    forEachContainer(context, services, {
      applies: ({ State }) => State === 'paused',
      done: 'Unpaused',
      run: ({ Id }) => context.client.containers.unpause(Id),
    }),
});
