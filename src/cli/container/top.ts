import { defineCommand } from '../command.ts';
import { align } from '../format/align.ts';

export const command = defineCommand({
  summary: 'Display the running processes of a container',
  usage: 'CONTAINER [ps OPTIONS]',
  flags: {},
  args: { min: 1 },
  interspersed: false,
  async run(context, _flags, [name = '', ...psArgs]) {
    const { Titles, Processes } = await context.client.containers.top(
      name,
      psArgs.length > 0 ? psArgs.join(' ') : undefined,
    );
    context.out.write(align([Titles, ...(Processes ?? [])], 20));
  },
});
