import { contextName } from '../choose-host.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';

export const command = defineCommand({
  summary: 'Print the name of the current context',
  usage: '',
  offline: true,
  flags: {},
  async run(context) {
    print(context, contextName(context.hostFlags, context.env));
  },
});
