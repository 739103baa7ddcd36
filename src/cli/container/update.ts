import type { HostConfig } from '../../wire/container.ts';
import { defineCommand } from '../command.ts';
import { ExitError } from '../exit-code.ts';
import { given, parsed, text } from '../flags.ts';
import { forEachTarget } from '../for-each.ts';
import { parseRestartPolicy } from './host-config.ts';
import { limitFlags, limits } from './limits.ts';

export const command = defineCommand({
  summary: 'Update configuration of one or more containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: { ...limitFlags, restart: text('Restart policy to apply when a container exits') },
  args: { min: 1 },
  async run(context, flags, names) {
    const body: HostConfig = {
      ...limits(flags),
      ...given('RestartPolicy', parsed(flags.restart, parseRestartPolicy)),
    };
    if (Object.keys(body).length === 0)
      throw new ExitError(1, 'you must provide one or more flags when using this command');
    return forEachTarget(context, names, async (name) => {
      const { Warnings } = await context.client.containers.update(name, body);
      for (const warning of Warnings ?? []) context.err.write(`${warning}\n`);
    });
  },
});
