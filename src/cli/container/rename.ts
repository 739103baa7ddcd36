import { defineCommand } from '../command.ts';
import { errorLine, ExitError } from '../exit-code.ts';

export const command = defineCommand({
  summary: 'Rename a container',
  usage: 'CONTAINER NEW_NAME',
  flags: {},
  args: { min: 2, max: 2 },
  async run(context, _flags, [name = '', newName = '']) {
    if (name === '' || newName === '')
      throw new ExitError(1, 'Error: Neither old nor new names may be empty');
    await context.client.containers.rename(name, newName).catch((error: unknown) => {
      throw new ExitError(1, `${errorLine(error)}\nError: failed to rename container named ${name}`);
    });
  },
});
