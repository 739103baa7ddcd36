import { containersOf, observe } from '../../compose/plan/observe.ts';
import { label } from '../../compose/plan/labels.ts';
import { bool, text } from '../flags.ts';
import { formatList } from '../format/table.ts';
import { volumeColumns } from '../volume/volume-columns.ts';
import { defineComposeCommand } from './globals.ts';
import { projectOrName } from './target.ts';

export const command = defineComposeCommand({
  summary: 'List volumes',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
    quiet: bool('Only display volume names', 'q'),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    const { name } = projectOrName(context, services);
    const { Volumes } = await context.client.volumes.list({ label: [`${label.project}=${name}`] });
    const used = new Set(
      containersOf(await observe(context.client, name), services).flatMap(({ Mounts }) =>
        Mounts.map((mount) => mount.Name),
      ),
    );
    const items = (Volumes ?? [])
      .filter(({ Name }) => services.length === 0 || used.has(Name))
      .toSorted((a, b) => (a.Name < b.Name ? -1 : 1));
    context.out.write(
      await formatList({
        items,
        columns: volumeColumns,
        shown: ['Driver', 'Name'],
        format: flags.quiet ? undefined : flags.format,
        quiet: flags.quiet && 'Name',
        labels: ({ Labels }) => Labels,
      }),
    );
  },
});
