import { defineCommand } from '../command.ts';
import { type Columns, formatList } from '../format/table.ts';
import { checkpointDirectory } from './directory.ts';

export const command = defineCommand({
  summary: 'List checkpoints for a container',
  usage: '[OPTIONS] CONTAINER',
  flags: { 'checkpoint-dir': checkpointDirectory },
  args: { min: 1, max: 1 },
  async run(context, flags, [container = '']) {
    const items = await context.client.containers.checkpoints(container, flags['checkpoint-dir']);
    context.out.write(await formatList({ items, columns, shown: ['Name'] }));
  },
});

const columns: Columns<{ readonly Name: string }> = { Name: ['CHECKPOINT NAME', ({ Name }) => Name] };
