import { containersOf, isUp, nameOf, observe } from '../../compose/plan/observe.ts';
import { align } from '../format/align.ts';
import { defineComposeCommand } from './globals.ts';

export const command = defineComposeCommand({
  summary: 'Display the running processes',
  usage: '[SERVICES...]',
  flags: {},
  args: { min: 0 },
  async run(context, _flags, services) {
    const { name } = context.load(services);
    for (const container of containersOf(await observe(context.client, name), services).filter(isUp)) {
      const { Titles, Processes } = await context.client.containers.top(container.Id);
      context.out.write(`${nameOf(container)}\n${align([Titles, ...Processes])}\n`);
    }
  },
});
