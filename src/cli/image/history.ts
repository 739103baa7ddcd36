import { formatBytes } from '../../lib/bytes.ts';
import { shortId } from '../../lib/id.ts';
import type { ImageHistoryItem } from '../../wire/image.ts';
import { defineCommand } from '../command.ts';
import { bool, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';
import { ago } from '../format/time.ts';
import { platformJson } from './platform.ts';

export const command = defineCommand({
  summary: 'Show the history of an image',
  usage: '[OPTIONS] IMAGE',
  flags: {
    format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
    human: bool('Print sizes and dates in human readable format (default true)', 'H'),
    'no-trunc': bool("Don't truncate output"),
    platform: text('Show history for the given platform'),
    quiet: bool('Only show image IDs', 'q'),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [name = '']) {
    const items = await context.client.images.history(name, {
      platform: platformJson(flags.platform),
    });
    const shown = [
      'ID',
      (flags.human ?? true) ? 'CreatedSince' : 'CreatedAt',
      'CreatedBy',
      'Size',
      'Comment',
    ];
    context.out.write(
      await formatList({
        items,
        columns: columns(flags['no-trunc'] ?? false, flags.human ?? true),
        shown,
        format: flags.format,
        quiet: flags.quiet && 'ID',
      }),
    );
  },
});

const columns = (whole: boolean, human: boolean): Columns<ImageHistoryItem> => ({
  Comment: ['COMMENT', ({ Comment }) => Comment],
  CreatedAt: ['CREATED AT', ({ Created }) => new Date(Created * 1000).toISOString().replace(/\.\d+Z/, 'Z')],
  CreatedBy: [
    'CREATED BY',
    ({ CreatedBy }) => shorten(CreatedBy.replaceAll('\t', ' '), whole ? Infinity : 45),
  ],
  CreatedSince: ['CREATED', ({ Created }) => ago(Created)],
  ID: ['IMAGE', ({ Id }) => (whole || !Id.startsWith('sha256:') ? Id : shortId(Id))],
  Size: ['SIZE', ({ Size }) => (human ? formatBytes(Size, 3) : String(Size))],
});

const shorten = (line: string, limit: number): string =>
  line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
