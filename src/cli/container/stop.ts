import { defineCommand } from '../command.ts';
import { forEachTarget } from '../for-each.ts';
import { ignoreUnchanged, stopFlags } from './stop-flags.ts';

export const command = defineCommand({
  summary: 'Stop one or more running containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: stopFlags,
  args: { min: 1 },
  run: (context, flags, names) =>
    forEachTarget(context, names, (name) =>
      context.client.containers
        .stop(name, { signal: flags.signal, timeout: flags.timeout ?? flags.time })
        .catch(ignoreUnchanged),
    ),
});
