import { formatBytes } from '../../lib/bytes.ts';
import { shortId } from '../../lib/id.ts';
import type { Filters } from '../../wire/filters.ts';
import type { ImageSummary } from '../../wire/image.ts';
import { defineCommand } from '../command.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';
import { ago, fullTime } from '../format/time.ts';

/** An image under one of its names. */
interface Row {
  readonly image: ImageSummary;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

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
  },
  args: { min: 0, max: 1 },
  async run(context, flags, [reference]) {
    const filters: Filters = {
      ...parseFilters(flags.filter),
      ...(reference !== undefined && { reference: [reference] }),
    };
    const images = await context.client.images.list({ all: flags.all ?? false, filters });
    const items = images.flatMap((image) => rowsOf(image, flags.digests ?? false));
    const shown = ['Repository', 'Tag', ...(flags.digests ? ['Digest'] : []), 'ID', 'CreatedSince', 'Size'];
    context.out.write(
      await formatList({
        items,
        columns: columns(flags['no-trunc'] ?? false),
        shown,
        format: flags.format,
        quiet: flags.quiet && 'ID',
      }),
    );
  },
});

function rowsOf(image: ImageSummary, digests: boolean): Row[] {
  const digestOf = (repository: string): string =>
    image.RepoDigests.find((name) => name.startsWith(`${repository}@`))?.split('@')[1] ?? '<none>';
  const named = image.RepoTags.map((name) => {
    const colon = name.lastIndexOf(':');
    const repository = name.slice(0, colon);
    return {
      image,
      repository,
      tag: name.slice(colon + 1),
      digest: digests ? digestOf(repository) : '<none>',
    };
  });
  if (named.length > 0) return named;
  const [repository = '<none>', digest = '<none>'] = image.RepoDigests[0]?.split('@') ?? [];
  return [{ image, repository, tag: '<none>', digest }];
}

const columns = (whole: boolean): Columns<Row> => ({
  Containers: ['CONTAINERS', ({ image }) => (image.Containers < 0 ? 'N/A' : String(image.Containers))],
  CreatedAt: ['CREATED AT', ({ image }) => fullTime(new Date(image.Created * 1000))],
  CreatedSince: ['CREATED', ({ image }) => ago(image.Created)],
  Digest: ['DIGEST', ({ digest }) => digest],
  ID: ['IMAGE ID', ({ image }) => (whole ? image.Id : shortId(image.Id))],
  Repository: ['REPOSITORY', ({ repository }) => repository],
  SharedSize: ['SHARED SIZE', ({ image }) => (image.SharedSize < 0 ? 'N/A' : formatBytes(image.SharedSize))],
  Size: ['SIZE', ({ image }) => formatBytes(image.Size, 3)],
  Tag: ['TAG', ({ tag }) => tag],
  UniqueSize: ['UNIQUE SIZE', () => 'N/A'],
  VirtualSize: ['SIZE', ({ image }) => formatBytes(image.Size)],
});
