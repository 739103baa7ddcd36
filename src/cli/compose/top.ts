import { containersOf, isUp, nameOf, observe } from '../../compose/plan/observe.ts';
import { defineCommand } from '../command.ts';
import { align } from '../format/table.ts';
import type { ComposeContext } from './globals.ts';

export const command = defineCommand({
  summary: 'Display the running processes',
  usage: '[SERVICES...]',
  flags: {},
  args: { min: 0 },
  async run(base, _flags, services) {
    const context = base as ComposeContext;
    const { name } = context.load(services);
    for (const container of containersOf(await observe(context.client, name), services).filter(isUp)) {
      const { Titles, Processes } = await context.client.containers.top(container.Id);
      context.out.write(`${nameOf(container)}\n${align([Titles, ...Processes])}\n`);
    }
  },
});
