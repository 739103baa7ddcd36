import { writeFileAtomic } from '../../lib/atomic-file.ts';
import { exec } from '../../lib/exec.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { configPath, readConfig } from '../registry-auth.ts';
import { HUB } from './login.ts';

export const command = defineCommand({
  summary: 'Log out from a registry',
  usage: '[SERVER]',
  flags: {},
  args: { min: 0, max: 1 },
  async run(context, _flags, [server = HUB]) {
    const config = readConfig(context);
    const helper = config.credHelpers?.[server] ?? config.credsStore;
    if (helper !== undefined) await exec(`docker-credential-${helper}`, ['erase'], { input: server });
    else if (config.auths?.[server]) {
      const { [server]: _removed, ...auths } = config.auths;
      writeFileAtomic(configPath(context), `${JSON.stringify({ ...config, auths }, undefined, '\t')}\n`);
    } else {
      print(context, `Not logged in to ${server}`);
      return;
    }
    print(context, `Removing login credentials for ${server}`);
  },
});
