import { defineCommand } from '../command.ts';
import { forEachTarget } from '../for-each.ts';
import { ignoreUnchanged, stopFlags } from './stop-flags.ts';

export const command = defineCommand({
  summary: 'Restart one or more containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: stopFlags,
  args: { min: 1 },
  run: (context, flags, names) =>
    forEachTarget(context, names, (name) =>
      context.client.containers
        .restart(name, { signal: flags.signal, timeout: flags.timeout ?? flags.time })
        .catch(ignoreUnchanged),
    ),
});
