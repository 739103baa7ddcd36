import { formatBytes } from '../../lib/bytes.ts';
import { shortId } from '../../lib/id.ts';
import { containersOf, nameOf, observe } from '../../compose/plan/observe.ts';
import { bool, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';
import { defineComposeCommand } from './globals.ts';

interface Row {
  readonly container: string;
  readonly repository: string;
  readonly tag: string;
  readonly id: string;
  readonly size: number;
}

export const command = defineComposeCommand({
  summary: 'List images used by the created containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: { format: text('Format the output. Values: [table | json]'), quiet: bool('Only display IDs', 'q') },
  args: { min: 0 },
  async run(context, flags, services) {
    const { name } = context.load(services);
    const containers = containersOf(await observe(context.client, name), services);
    const items = await Promise.all(
      containers.map(async (container): Promise<Row> => {
        const { Size } = await context.client.images.inspect(container.ImageID);
        const [repository = '<none>', tag = '<none>'] = container.Image.split(/:([^/:]*)$/);
        return { container: nameOf(container), repository, tag, id: shortId(container.ImageID), size: Size };
      }),
    );
    context.out.write(
      await formatList({
        items,
        columns,
        shown: ['ContainerName', 'Repository', 'Tag', 'ID', 'Size'],
        format: flags.format,
        quiet: flags.quiet && 'ID',
      }),
    );
  },
});

const columns: Columns<Row> = {
  ContainerName: ['CONTAINER', ({ container }) => container],
  ID: ['IMAGE ID', ({ id }) => id],
  Repository: ['REPOSITORY', ({ repository }) => repository],
  Size: ['SIZE', ({ size }) => formatBytes(size, 3)],
  Tag: ['TAG', ({ tag }) => tag],
};
