import { invalid } from '../../lib/errors.ts';
import type { Filters } from '../../wire/filters.ts';
import { defineCommand } from '../command.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool, text } from '../flags.ts';
import { formatList } from '../format/table.ts';
import { imageColumns, rowsOf } from './image-rows.ts';

export const command = defineCommand({
  summary: 'List images',
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  flags: {
    all: bool('Show all images (default hides intermediate images)', 'a'),
    digests: bool('Show digests'),
    filter: filterFlag('Filter output based on conditions provided', 'f'),
    format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
    'no-trunc': bool("Don't truncate output"),
    quiet: bool('Only show image IDs', 'q'),
    tree: bool('List multi-platform images as a tree'),
  },
  args: { min: 0, max: 1 },
  async run(context, flags, [reference]) {
    const filters: Filters = {
      ...parseFilters(flags.filter),
      ...(reference !== undefined && { reference: [reference] }),
    };
    if (flags.tree) {
      const wrong = (['quiet', 'format', 'digests', 'no-trunc'] as const).find((name) => flags[name]);
      if (wrong) throw invalid(`--${wrong} is not supported with --tree`);
      const all = await context.client.images.list({ all: flags.all ?? false, manifests: true, filters });
      context.out.write((await import('./tree.ts')).formatTree(all));
      return;
    }
    const images = await context.client.images.list({ all: flags.all ?? false, filters });
    const items = images.flatMap((image) => rowsOf(image, flags.digests ?? false));
    const shown = ['Repository', 'Tag', ...(flags.digests ? ['Digest'] : []), 'ID', 'CreatedSince', 'Size'];
    context.out.write(
      await formatList({
        items,
        columns: imageColumns(flags['no-trunc'] ?? false),
        shown,
        format: flags.format,
        quiet: flags.quiet && 'ID',
      }),
    );
  },
});
