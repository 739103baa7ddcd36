import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { eraseLogin, serverName } from '../registry-auth.ts';

export const command = defineCommand({
  summary: 'Log out from a registry',
  usage: '[SERVER]',
  flags: {},
  args: { min: 0, max: 1 },
  async run(context, _flags, [given]) {
    const server = serverName(given);
    print(context, `Removing login credentials for ${server}`);
    await eraseLogin(context, server);
  },
});
