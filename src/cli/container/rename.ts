import { defineCommand } from '../command.ts';

export const command = defineCommand({
  summary: 'Rename a container',
  usage: 'CONTAINER NEW_NAME',
  flags: {},
  args: { min: 2, max: 2 },
  run: (context, _flags, [name = '', newName = '']) => context.client.containers.rename(name, newName),
});
