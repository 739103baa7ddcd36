import { defineCommand } from '../command.ts';
import { ExitError } from '../exit-code.ts';

export const command = defineCommand({
  summary: 'Experimental commands',
  usage: 'COMMAND',
  flags: {},
  args: { min: 0 },
  interspersed: false,
  offline: true,
  async run(_context, _flags, [word]) {
    throw new ExitError(
      1,
      `${word === undefined ? 'these are the experiments' : `"alpha ${word}" is one of the experiments`} of Docker Compose, which lade does not have. What has grown out of them is here by its name: publish, scale, watch, --dry-run`,
    );
  },
});
